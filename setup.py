"""What pyproject.toml cannot say: the studies belong to the checkout, and to an editable install of it, but not to the wheel."""

from setuptools import setup
from setuptools.command.build_py import build_py


class WithoutStudies(build_py):
    """Builds every package but `gradref_studies`."""

    def run(self) -> None:
        if not self.editable_mode:
            self.packages = [name for name in self.packages if name.partition(".")[0] != "gradref_studies"]
        super().run()


setup(cmdclass={"build_py": WithoutStudies})
