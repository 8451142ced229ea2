-- SPDX-License-Identifier: Apache-2.0
-- What ends where the machine does: memory, and programs to start, of which there are none.
local function fill(size)
    local kept = {}
    for i = 1, math.huge do kept[i] = ("x"):rep(size) .. i end
end
for _, size in ipairs({ 10, 1000, 1000000 }) do print(size, pcall(fill, size)) end
print(pcall(string.rep, "x", 1 << 30))
collectgarbage()
local again = {}
for i = 1, 1000 do again[i] = ("x"):rep(1000) .. i end
print("there is some again", #again, #again[1000])

local co = coroutine.create(function() fill(1000) end)
print(coroutine.resume(co))
print(io.popen("ls"))
print(os.execute("ls"))
