"""Where everything of a batch and of a run lies in the buckets, and what a run's models and jobs are called."""

from tenantry.domain.batches import BatchRow, File, RunRow
from tenantry.domain.names import own_name, upload_id


def drops_prefix(tenant: str, model: str, batch: str) -> str:
    """Under this prefix of the drop bucket lies a batch."""
    return f"batches/{tenant}/{model}/{batch}/"


def results_prefix(tenant: str, model: str, day: str) -> str:
    """Under this prefix of the results bucket lie the results of runs of this day, batch by batch."""
    return f"results/{tenant}/{model}/batches/dt={day}/"


def result_key(file: File, day: str) -> str:
    """Where in the results bucket the result of a file lies."""
    return f"{results_prefix(file.tenant, file.model, day)}{file.batch}/{file.item}.out"


def run_prefix(run: str) -> str:
    """What a run needs lies here in the results bucket, where no tenant looks, until the run is over."""
    return f"_jobs/{run}/"


def outputs_prefix(run: str, attempt: int | None = None) -> str:
    """Jobs of this attempt write their outputs here, those of any attempt somewhere below."""
    return f"{run_prefix(run)}out/" + (f"{attempt}/" if attempt else "")


def indexes_prefix(tenant: str) -> str:
    """Under this prefix of the results bucket lie the indexes of a tenant's batches."""
    return f"_batches/{tenant}/"


def index_key(row: BatchRow, run: str) -> str:
    """Where the index lies that this run leaves."""
    return f"{indexes_prefix(row.tenant)}{row.model}/{row.batch}/{run}.json"


def model_name(stack: str, run: RunRow, upload: str) -> str:
    """The SageMaker model that is made for this run and this version."""
    return own_name(stack, run.tenant, run.model, upload_id("model", run.run, upload))


def job_name(stack: str, run: RunRow, attempt: int, group: int) -> str:
    """The job of this group at this attempt; never used again, as SageMaker wants it."""
    return own_name(stack, run.tenant, run.model, upload_id("job", run.run, f"{attempt}-{group}"))
