-- SPDX-License-Identifier: Apache-2.0
-- Run the scripts that are named, of the folder this one is in, as if they had been started there: what they print does not
-- tell where that is.
local folder = arg[0]:match("^(.*/)") or "./"
package.path = folder .. "?.lua"
FOLDER = folder

print("=== begin")
for _, name in ipairs(arg) do
    print("=== " .. name)
    local file <close> = assert(io.open(folder .. name .. ".lua"))
    local chunk = assert(load(file:read("a"), "@" .. name .. ".lua"))
    local ok, what = xpcall(chunk, debug.traceback)
    if not ok then print("FAILED", what) end
end
print("=== end")
