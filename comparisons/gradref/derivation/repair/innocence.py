"""placeholder"""
def innocent_lines(program, trial, seconds):
    return {}
