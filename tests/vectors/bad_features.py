def add_all(out, pairs):
    pass
