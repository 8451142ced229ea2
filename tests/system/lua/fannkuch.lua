-- SPDX-License-Identifier: Apache-2.0
-- All permutations of n, turned over until 1 is in front: integers in arrays.
local function fannkuch(n)
    local now, count, sum, most, sign = {}, {}, 0, 0, 1
    for i = 1, n do now[i], count[i] = i, i end
    while true do
        if now[1] ~= 1 then
            local flipped = { table.unpack(now) }
            local flips, first = 0, flipped[1]
            repeat
                local i, j = 1, first
                while i < j do
                    flipped[i], flipped[j] = flipped[j], flipped[i]
                    i, j = i + 1, j - 1
                end
                flips, first = flips + 1, flipped[1]
            until first == 1
            sum, most = sum + sign * flips, math.max(most, flips)
        end
        if sign == 1 then
            now[1], now[2], sign = now[2], now[1], -1
        else
            now[2], now[3], sign = now[3], now[2], 1
            for i = 3, n do
                if count[i] ~= 1 then count[i] = count[i] - 1 break end
                if i == n then return sum, most end
                count[i] = i
                table.insert(now, i + 1, table.remove(now, 1))
            end
        end
    end
end
print(fannkuch(7))
