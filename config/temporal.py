"""The one way to a Temporal client: our converter, our deadline, TLS when there is an API key."""

import asyncio
import logging
from functools import cache

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from config.settings import Settings

DEADLINE_SECONDS = 5.0


class MetricsPortTakenError(Exception):
    """Another program listens where the worker's metrics should be; the message says what to do."""


class TemporalAwayError(Exception):
    """The Temporal server does not answer; the message says where it was sought and what to do."""


async def connect(settings: Settings, *, runtime: Runtime | None = None, lazy: bool = False) -> Client:
    """A client of the settings' namespace; a lazy one connects at its first call instead of now.

    Raises `TemporalAwayError` when the server has not answered within 5 seconds.
    """
    api_key = settings.temporal_api_key.get_secret_value() or None
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                api_key=api_key,
                tls=api_key is not None,
                data_converter=pydantic_data_converter,
                runtime=runtime or quiet_runtime(),
                lazy=lazy,
            )
    except (RuntimeError, TimeoutError) as error:
        raise TemporalAwayError(
            f"the Temporal server at {settings.temporal_address} does not answer: start it with `make run`, "
            "or name another in PURR_TEMPORAL_ADDRESS"
        ) from error


@cache
def quiet_runtime() -> Runtime:
    """The Temporal runtime of a process that serves no metrics of the SDK's: its core speaks through our logs."""
    return Runtime(telemetry=TelemetryConfig(logging=_through_our_logs()))


def prometheus_runtime(settings: Settings) -> Runtime:
    """A Temporal runtime that serves the SDK's metrics to Prometheus, durations in seconds; one a process.

    Raises MetricsPortTakenError.
    """
    metrics = PrometheusConfig(
        bind_address=f"{settings.metrics_bind}:{settings.metrics_port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=metrics, logging=_through_our_logs()))
    except ValueError as error:
        raise MetricsPortTakenError(
            f"the metrics cannot be served at {metrics.bind_address} ({error}): where another worker runs on this "
            "machine, name a port of its own in PURR_METRICS_PORT"
        ) from error


def _through_our_logs() -> LoggingConfig:
    """What the core has to say, without the details: those repeat what was sent to a workflow."""
    core = LogForwardingConfig(logging.getLogger("temporalio.core"), append_log_fields_to_message=False)
    return LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=core)
