# journal.c: the half that was written last is always taken for the first one
s/sequence\[1\] - sequence\[0\] < 0x80000000u/0/
