# Banzhang. `make run` builds and starts it, `make test` runs every test; both install what is missing first.

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
PYTHON  := /usr/bin/python3
VERSION := $(file <VERSION)

# ---- what is built -----------------------------------------------------------------------------------------
SRC      := $(wildcard bot/*.c bot/core/*.c bot/platform/*.c bot/school/*.c handlers/*.c handlers/*/*.c)
HEADERS  := $(wildcard bot/*.h bot/*/*.h handlers/*.h handlers/*/*.h)
OBJ      := $(SRC:%.c=$(BUILD)/obj/%.o)
LIB_OBJ  := $(filter-out $(BUILD)/obj/bot/main.o,$(OBJ))
UNIT     := $(wildcard tests/unit/*.c)
FUZZ_PARTS := tests/fuzz/replay.c tests/fuzz/world.c tests/fuzz/doors.c
FUZZ     := $(filter-out $(FUZZ_PARTS),$(wildcard tests/fuzz/*.c))
FUZZ_NAMES := $(FUZZ:tests/fuzz/%.c=%)
FUZZ_OBJ := $(BUILD)/obj/tests/fuzz/world.o $(BUILD)/obj/tests/fuzz/doors.o
FAULTS   := $(wildcard tests/faults/*.c)
TORTURE  := $(BUILD)/torture/banzhang
PROGRAMS := $(TORTURE) $(UNIT:tests/unit/%.c=$(BUILD)/unit/%) $(FUZZ:tests/fuzz/%.c=$(BUILD)/replay/%)
FORMATTED = $(SRC) $(HEADERS) $(wildcard tests/unit/*.[ch] tests/fuzz/*.[ch] tests/faults/*.[ch])

# Where the faults of the torture binary stand: calls of these go through tests/faults/points.c, disk.c and net.c.
WRAPPED  := store_open store_commit MHD_queue_response MHD_run outbox_outcome records_flush archive_read_free \
            open close write pwrite fsync fdatasync syncfs rename link unlink mkdir g_unlink g_mkdir_with_parents g_mkstemp_full \
            curl_easy_init curl_easy_setopt curl_mime_init curl_mime_addpart curl_mime_data curl_multi_add_handle \
            curl_multi_socket_action curl_multi_info_read
comma    := ,

# ---- with what ---------------------------------------------------------------------------------------------
PKGS     := libmicrohttpd libcurl libcjson libpcre2-8 sqlite3 glib-2.0 libcrypto expat libfyaml libarchive \
            xlsxwriter pangocairo libpng libqrencode
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Werror
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPT      := -O2 -g
LDFLAGS  += -pie -pthread -Wl,-z,relro,-z,now
DEFINES  := -D_GNU_SOURCE -DBANZHANG_TREE='"$(CURDIR)"' -DBANZHANG_SHARE='"$(PREFIX)/share/banzhang"' \
            -DBANZHANG_VERSION='"$(VERSION)"'
ifdef SANITIZE   # sanitizers shift what gcc can prove, so its warnings stay warnings; FORTIFY hides from them
WARN     += -Wno-error
HARDEN   := -fPIE -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT      := -O1 -g
LDFLAGS  += -fsanitize=$(SANITIZE)
endif
# `make V=1` shows the commands.
Q        := $(if $(V),,@)
FLAGS     = -std=gnu11 -I. $(DEFINES) $(OPT) $(HARDEN) -pthread $(WARN) $(CFLAGS)
# pkg-config is asked once, and only after `need` had the chance to install it.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(patsubst -I%,-isystem%,$$(shell pkg-config --cflags $(PKGS))))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)) -lev -lcsv -lm)$(PKG_LIBS)

# ---- Debian/Ubuntu packages --------------------------------------------------------------------------------
BUILD_NEEDS := gcc libc6-dev make pkg-config libev-dev libmicrohttpd-dev libcurl4-openssl-dev libcjson-dev \
               libpcre2-dev libsqlite3-dev libglib2.0-dev libssl-dev libexpat1-dev libfyaml-dev libcsv-dev \
               libarchive-dev libxlsxwriter-dev libcairo2-dev libpango1.0-dev libpng-dev libqrencode-dev fonts-wqy-zenhei \
               libjs-bootstrap5
TEST_NEEDS  := libcmocka-dev python3 python3-pytest python3-pytest-xdist python3-yaml python3-requests python3-cryptography \
               python3-selenium chromium chromium-driver python3-openpyxl python3-pil poppler-utils zbar-tools systemd libseccomp2 mount curl
LINT_NEEDS  := clang-format clang-tidy cppcheck gcc libcmocka-dev python3 python3-yaml
VALGRIND_NEEDS := valgrind libc6-dbg
BENCH_NEEDS := python3 python3-yaml python3-cryptography wrk
FUZZ_NEEDS  := clang libclang-rt-14-dev

# $(call need,PACKAGES): installs those of them that are missing; without any, one dpkg-query and no network.
define need
@command -v dpkg-query >/dev/null || { echo "no dpkg here; needed: $(1)"; exit 0; }; \
have=" $$(dpkg-query -W -f '$${Package} $${db:Status-Status}\n' $(1) 2>/dev/null | \
          sed -n 's/ installed$$//p' | tr '\n' ' ') "; \
missing=; for p in $(1); do case "$$have" in *" $$p "*) ;; *) missing="$$missing $$p" ;; esac; done; \
[ -z "$$missing" ] && exit 0; echo "installing:$$missing"; \
root=; [ "$$(id -u)" = 0 ] || root=sudo; \
$$root apt-get update -q && \
$$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing
endef

# ---- targets -----------------------------------------------------------------------------------------------
.PHONY: all deps need-build need-test need-lint need-valgrind need-bench need-fuzz run test torture lint lint-quick \
        lint-cppcheck lint-deep format asan valgrind bench fuzz link-flags install clean FORCE
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

all: $(BUILD)/banzhang

deps:
	$(call need,$(sort $(BUILD_NEEDS) $(TEST_NEEDS) $(LINT_NEEDS) $(VALGRIND_NEEDS) $(BENCH_NEEDS) $(FUZZ_NEEDS)))
# One after the other, so that `make -j` on a fresh machine does not start apt-get twice.
need-test need-lint need-valgrind need-bench need-fuzz: need-build
need-build:
	$(call need,$(BUILD_NEEDS))
need-test:
	$(call need,$(BUILD_NEEDS) $(TEST_NEEDS))
need-lint:
	$(call need,$(BUILD_NEEDS) $(LINT_NEEDS))
need-valgrind:
	$(call need,$(BUILD_NEEDS) $(TEST_NEEDS) $(VALGRIND_NEEDS))
need-bench:
	$(call need,$(BUILD_NEEDS) $(BENCH_NEEDS))
need-fuzz:
	$(call need,$(BUILD_NEEDS) $(FUZZ_NEEDS))

$(BUILD)/banzhang: $(OBJ)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJ) $(PKG_LIBS)

# What it takes to compile a file and to link with what is built: for the test of docs/adding-a-handler.md.
link-flags:
	@echo '-std=gnu11 -I. -D_GNU_SOURCE $(WARN) $(PKG_CFLAGS)'
	@echo '$(abspath $(filter-out $(BUILD)/obj/handlers/table.o,$(OBJ)))'
	@echo '$(LDFLAGS) $(PKG_LIBS)'

# Changes only when the flags do, and then everything is compiled again.
$(BUILD)/flags: export NOW = $(CC) $(FLAGS) $(LDFLAGS)
$(BUILD)/flags: FORCE | need-build
	@mkdir -p $(@D); printf '%s\n' "$$NOW" | cmp -s - $@ || printf '%s\n' "$$NOW" > $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(CC) $(FLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka

# The product's own objects behind a file system, a memory and moments that fail when a test says so.
$(TORTURE): $(OBJ) $(FAULTS:%.c=$(BUILD)/obj/%.o)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $(addprefix -Wl$(comma)--wrap=,$(WRAPPED)) -o $@ $^ $(PKG_LIBS)

# A fuzz target with an ordinary main: `make test` replays every input that was kept.
$(BUILD)/replay/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(FUZZ_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

.SECONDARY:
$(UNIT:%.c=$(BUILD)/obj/%.o) $(FUZZ:%.c=$(BUILD)/obj/%.o): | need-test

run: $(BUILD)/banzhang
	@exec $(BUILD)/banzhang serve -c config/banzhang.yaml

# `make test T=tests/e2e/test_signin.py` runs only that part of pytest's tests.
T ?= tests
test: need-test $(BUILD)/banzhang $(PROGRAMS)
	@set -e; for p in $(UNIT:tests/unit/%.c=$(BUILD)/unit/%); do echo "$$p"; $$p; done
	@set -e; for f in $(FUZZ:tests/fuzz/%.c=%); do $(BUILD)/replay/$$f tests/fuzz/corpus/$$f; done
	@BANZHANG=$(abspath $(BUILD)/banzhang) $(PYTHON) -m pytest $(T) -q -n 4

# The long form of tests/torture: KILLS ends of the process, every n-th call failing once and several times.
KILLS ?= 500
torture: need-test $(BUILD)/banzhang $(TORTURE)
	@BANZHANG=$(abspath $(BUILD)/banzhang) KILLS=$(KILLS) $(PYTHON) -m pytest tests/torture -q -s -n 0

CPPCHECK := cppcheck -q -j$(shell nproc) --std=c11 -I. -D_GNU_SOURCE --library=posix --library=gtk --error-exitcode=1 \
            --enable=warning,portability,performance --suppressions-list=tests/lint/cppcheck.txt
lint: lint-quick lint-cppcheck lint-deep
lint-quick: need-lint $(OBJ) $(UNIT:%.c=$(BUILD)/obj/%.o)
	@odd=; for f in $(FORMATTED); do clang-format $$f | cmp -s - $$f || odd="$$odd $$f"; done; \
	[ -z "$$odd" ] || { echo "not formatted (make format):$$odd"; exit 1; }
	@$(PYTHON) tests/lint/layers.py
	@$(PYTHON) tests/lint/banned.py
	@$(PYTHON) tests/lint/locales.py

lint-cppcheck: need-lint
	@mkdir -p $(BUILD)/cppcheck
	@$(if $(SRC),$(CPPCHECK) --cppcheck-build-dir=$(BUILD)/cppcheck $(SRC))

# clang-tidy and -fanalyzer: minutes at first, then only what changed. Several checkouts can share what is known
# in BANZHANG_DEEP_CACHE; so nothing here names the place or the version.
DEEP     := $(SRC) $(UNIT) $(FAULTS) $(wildcard tests/fuzz/*.c)
BANZHANG_DEEP_CACHE ?= $(BUILD)/deep
lint-deep: export BANZHANG_DEEP_CACHE := $(BANZHANG_DEEP_CACHE)
lint-deep: need-lint
	@$(PYTHON) tests/lint/deep.py $(DEEP) -- -std=gnu11 -I. -D_GNU_SOURCE -DBANZHANG_TREE='"."' \
	    -DBANZHANG_SHARE='"."' -DBANZHANG_VERSION='"0"' -pthread $(PKG_CFLAGS)

format: need-lint
	clang-format -i $(FORMATTED)

# The whole suite under AddressSanitizer and UBSan, leaks included; the tests wait longer for a slower program.
LSAN := LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lint/lsan.supp:print_suppressions=0
asan:
	$(LSAN) BANZHANG_PATIENCE=8 $(MAKE) BUILD=$(BUILD)-asan SANITIZE=address,undefined test

# Unit tests, what the fuzzers found, then conversations under memcheck, which is some thirty times slower: hours for
# all of them. `make valgrind N=4` runs four at once. What it says of each process of a conversation is in
# build/memcheck, also of those that a test kills. Not test_adding_a_handler: it talks with a program it builds itself;
# not the units outbox and rehearse: they count how far a slow program comes in a given time.
VALGRIND_TESTS ?= tests/e2e
VALGRIND_UNITS ?= $(filter-out outbox rehearse,$(UNIT:tests/unit/%.c=%))
VALGRIND_FUZZ  ?= $(FUZZ_NAMES)
N ?= 2
valgrind: export BANZHANG = $(abspath tests/lint/valgrind.sh)
valgrind: export BANZHANG_PATIENCE = 20
valgrind: need-valgrind $(BUILD)/banzhang $(PROGRAMS)
	@set -e; for p in $(VALGRIND_UNITS); do echo "$$p"; BANZHANG_MEMCHECKED=$(BUILD)/unit/$$p $(BANZHANG); done
	@set -e; for f in $(VALGRIND_FUZZ); do \
	    BANZHANG_MEMCHECKED=$(BUILD)/replay/$$f $(BANZHANG) tests/fuzz/corpus/$$f; done
	@rm -rf $(BUILD)/memcheck; mkdir -p $(BUILD)/memcheck; failed=0; \
	BANZHANG_MEMCHECKED=$(abspath $(BUILD)/banzhang) BANZHANG_MEMCHECK_LOGS=$(abspath $(BUILD)/memcheck) \
	    $(PYTHON) -m pytest $(VALGRIND_TESTS) --ignore=tests/e2e/test_adding_a_handler.py -q -n $(N) || failed=1; \
	errors=$$(find $(BUILD)/memcheck -type f -size +0); \
	echo "$$(find $(BUILD)/memcheck -type f | wc -l) processes checked, with errors: $$(echo $$errors | wc -w)"; \
	[ -z "$$errors" ] || { cat $$errors; exit 1; }; exit $$failed

# `make bench BENCH="--quick"`; `make bench BENCH="--help"` tells the rest.
bench: need-bench $(BUILD)/banzhang $(BUILD)/bench/sink
	@BANZHANG=$(abspath $(BUILD)/banzhang) $(PYTHON) tests/bench/bench.py $(BENCH)

$(BUILD)/bench/sink: tests/bench/sink.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) -o $@ $<

# Each target for FUZZ_SECONDS, as many at once as there are cores; what crashes is put into its corpus and replayed
# by `make test` from then on. FUZZ_SECONDS=0 runs until it is stopped.
FUZZ_SECONDS ?= 60
CLANG_FUZZ    = BUILD=$(BUILD)-fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined
fuzz: need-fuzz
	@[ -n "$(FUZZ)" ] || { echo "make fuzz: there is no target in tests/fuzz"; exit 1; }
	@$(MAKE) -j$$(nproc) $(CLANG_FUZZ) $(FUZZ_NAMES:%=$(BUILD)-fuzz/fuzz/%)
	@$(LSAN) $(MAKE) -k -j$$(nproc) $(CLANG_FUZZ) FUZZ_SECONDS=$(FUZZ_SECONDS) $(FUZZ_NAMES:%=fuzz-%)
$(FUZZ_NAMES:%=fuzz-%): fuzz-%: $(BUILD)/fuzz/%
	@mkdir -p $(BUILD)/corpus/$* tests/fuzz/corpus/$*
	@$< -max_total_time=$(FUZZ_SECONDS) -timeout=25 -detect_leaks=0 -print_final_stats=1 \
	    $(patsubst %,-dict=%,$(wildcard tests/fuzz/dict/$*)) -artifact_prefix=tests/fuzz/corpus/$*/ \
	    $(BUILD)/corpus/$* tests/fuzz/corpus/$* >$(BUILD)/fuzz/$*.log 2>&1 || { tail -40 $(BUILD)/fuzz/$*.log; exit 1; }
	@awk -v name=$* '/number_of_executed_units/ {n = $$2} / cov: / {c = $$4} \
	    END {print name ": " n " inputs, " c " edges"}' $(BUILD)/fuzz/$*.log

SHARE = $(DESTDIR)$(PREFIX)/share/banzhang
install: $(BUILD)/banzhang
	install -D -m 755 $(BUILD)/banzhang $(DESTDIR)$(PREFIX)/bin/banzhang
	mkdir -p $(SHARE)/config
	cp -R locales web $(SHARE)/
	cp -R $(wildcard config/schemes config/forms config/holidays config/reminders) $(SHARE)/config/
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/banzhang \
	    config/banzhang.yaml packaging/nginx.conf.example packaging/Caddyfile.example
	install -D -m 644 packaging/banzhang.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/banzhang.conf
	mkdir -p $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|g' packaging/banzhang.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/banzhang.service

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz

-include $(OBJ:.o=.d) $(FAULTS:%.c=$(BUILD)/obj/%.d) $(UNIT:%.c=$(BUILD)/obj/%.d) $(wildcard $(BUILD)/obj/tests/fuzz/*.d)
