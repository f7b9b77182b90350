"""Files that say one thing, as YAML or JSON: read whole, or refused with everything that is wrong in them."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from terminal.output import Refusal
from terminal.parse import existing

Read = TypeVar("Read", bound=BaseModel)


def model_in(file: Path, model: type[Read]) -> Read:
    """What a YAML or JSON file says. Raises Refusal with everything that is wrong with it."""
    existing([file])
    try:
        return model.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as wrong:
        raise Refusal(f"{file} cannot be read: {wrong}") from wrong
    except yaml.YAMLError as wrong:
        raise Refusal(f"{file} is neither YAML nor JSON: {' '.join(str(wrong).split())}") from wrong
    except ValidationError as wrong:
        problems = wrong.errors(include_url=False, include_input=False)
        said = (f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in problems)
        raise Refusal(f"{file}: {'; '.join(said)}") from wrong
