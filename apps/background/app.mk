sources  := main.c
features := shell symbols
