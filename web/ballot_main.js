// One page for all of the anonymous ballot: its address says which part of it runs.

const parts = [[/^\/token$/, './token.js'], [/\/list$/, './ballots.js'], [/./, './ballot.js']];

import(parts.find(([address]) => address.test(location.pathname))[1]);
