"""`python -m gradref_studies …`: ends like `gradref` does, with one sentence for what cannot be judged."""

from gradref.cli import main

if __name__ == "__main__":
    main("gradref_studies.study_commands")
