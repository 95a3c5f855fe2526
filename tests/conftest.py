"""For every test: compiled JAX programs are kept between runs, as the command line does."""

from gradref.commands.shared import keep_compiled

keep_compiled()
