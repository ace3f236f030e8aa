# checkpoint.c: in place, the model that a package wants anew for each epoch is what it was before the cut
s/dfp_codec_jump(p, p->s.new_at);/(void)p;/
