-- SPDX-License-Identifier: Apache-2.0
-- The largest singular value of a matrix that is never made: floating point in arrays, calls.
local function element(i, j)
    local ij = i + j - 1
    return 1.0 / (ij * (ij - 1) * 0.5 + i)
end

local function times(n, v, transposed)
    local out = {}
    for i = 1, n do
        local sum = 0
        for j = 1, n do sum = sum + v[j] * (transposed and element(j, i) or element(i, j)) end
        out[i] = sum
    end
    return out
end

local n, u, v = 50, {}, nil
for i = 1, n do u[i] = 1 end
for _ = 1, 6 do
    v = times(n, times(n, u), true)
    u = times(n, times(n, v), true)
end
local uv, vv = 0, 0
for i = 1, n do uv, vv = uv + u[i] * v[i], vv + v[i] * v[i] end
print(string.format("%.9f", math.sqrt(uv / vv)))
