-- SPDX-License-Identifier: Apache-2.0
-- A picture of which points stay near: floating point in locals, bits.
local n, black, hash = 48, 0, 5381
for y = 0, n - 1 do
    local row = {}
    local ci = 2.0 * y / n - 1
    for x = 0, n - 1 do
        local cr = 2.0 * x / n - 1.5
        local zr, zi, rounds = 0.0, 0.0, 0
        while rounds < 50 and zr * zr + zi * zi < 4.0 do
            zr, zi, rounds = zr * zr - zi * zi + cr, 2 * zr * zi + ci, rounds + 1
        end
        row[#row + 1] = rounds == 50 and "#" or rounds > 8 and "+" or "."
        if rounds == 50 then black = black + 1 end
        hash = (hash * 33 ~ rounds) & 0xffffffff
    end
    if y % 4 == 0 then print(table.concat(row)) end
end
print(black, hash)
