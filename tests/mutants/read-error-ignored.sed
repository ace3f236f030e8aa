# flash.c by recovery: a read that fails is taken for a good one
s/return result(p, c->read(c->context, area, offset, data, size), "read",/return result(p, c->read(c->context, area, offset, data, size) * 0, "read",/
