-- SPDX-License-Identifier: Apache-2.0
-- Prints what wrk measured as one line: requests, seconds, bytes, p50 and p99 in microseconds, errors.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("WRK %d %.6f %d %d %d %d\n", summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
