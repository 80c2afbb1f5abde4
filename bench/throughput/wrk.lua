-- For wrk: what to send, one line of a file a request, and what came of it, in one line.
--   wrk … -s wrk.lua URL -- get FILE      lines are Authorization headers, sent in turns; an empty line is none
--   wrk … -s wrk.lua URL -- post FILE     lines are bodies, sent in turns
--   wrk … -s wrk.lua URL -- refresh FILE  lines are refresh tokens, each used once; the answer brings the next

local kind, lines, requests, place = nil, {}, {}, 0
local JSON = { ["Content-Type"] = "application/json" }

local function refresh(token)
   return wrk.format("POST", nil, JSON, '{"refresh": "' .. token .. '"}')
end

function init(arguments)
   kind = arguments[1]
   for line in io.lines(arguments[2]) do lines[#lines + 1] = line end
   for number, line in ipairs(lines) do
      if kind == "get" then
         requests[number] = wrk.format("GET", nil, line ~= "" and { Authorization = line } or {})
      elseif kind == "post" then
         requests[number] = wrk.format("POST", nil, JSON, line)
      end
   end
   if kind == "refresh" then
      response = function(_, _, body) lines[#lines + 1] = body:match('"refresh":"([^"]+)"') end
   end
end

function request()
   if kind == "refresh" then return refresh(table.remove(lines, 1)) end
   place = place % #requests + 1
   return requests[place]
end

function done(summary, latency, _)
   local errors = summary.errors
   local broken = errors.connect + errors.read + errors.write + errors.timeout
   io.write(string.format("told %d %d %d %d %d %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), errors.status, broken))
end
