"""What the end-to-end tests stand on: the real binary in a temporary directory, people who talk to it, and
strict fakes of the platforms it talks to."""

from .fake import eventually
from .klass import Klass
from .sandbox import Clock, Person, Reply, conversation, join, sign_in
from .server import Server
from .telegram import FakeTelegram
from .wecom import FakeWecom

__all__ = ["Clock", "FakeTelegram", "FakeWecom", "Klass", "Person", "Reply", "Server", "conversation",
           "eventually", "join", "sign_in"]
