"""Whoever watches the suite is shown what exists: rules, dashboard and page name the metrics that the services have."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client import CollectorRegistry

from linli.messaging.connect import open_transport

from .e2e.suite import COMPOSERS, CONTACT_KEY

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "observability"
SCRAPED = {"job", "instance", "service"}
"""The labels that prometheus.yml adds to everything."""
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


@cache
def registries() -> Mapping[str, CollectorRegistry]:
    """What each service answers at /metrics, by service; nothing is connected for it."""
    told: dict[str, Any] = {
        "database_url": "postgresql://u@127.0.0.1:1/none",
        "oidc_issuer": "x",
        "oidc_jwks_url": "file:///none",
    }
    made = {}
    for name, (create_app, settings_class) in COMPOSERS.items():
        settings = settings_class(**told, **({"contact_key": CONTACT_KEY} if name == "intake" else {}))
        app = create_app(settings, open_transport("amqp://127.0.0.1:1/"))
        made[name] = app.state.runtime.metrics.registry
    return made


def families(registry: CollectorRegistry) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Name, type and labels of each metric."""
    for collector in registry._collector_to_names:
        for family in collector.collect():
            seen = {label for sample in family.samples for label in sample.labels}
            labels = getattr(collector, "_labelnames", seen)
            name = f"{family.name}_total" if family.type == "counter" else family.name
            yield name, family.type, frozenset(labels) - {"le"}


@cache
def exposed() -> Mapping[str, tuple[str, frozenset[str]]]:
    return {name: (kind, labels) for one in registries().values() for name, kind, labels in families(one)}


def samples() -> dict[str, frozenset[str]]:
    """The labels of everything that can be asked for, by the name under which it is."""
    found: dict[str, frozenset[str]] = {"up": frozenset()}
    for name, (kind, labels) in exposed().items():
        for suffix in SUFFIXES[kind]:
            whole = name if kind == "counter" else f"{name}{suffix}"
            found[whole] = labels | ({"le"} if suffix == "_bucket" else frozenset())
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "prometheus-rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "grafana-dashboard.json").read_text())["panels"]
    return found


def queries() -> dict[str, str]:
    """Each query of the rules and of the dashboard, by where it stands."""
    asked = {rule["alert"]: rule["expr"] for rule in rules()}
    for panel in panels():
        for target in panel.get("targets", []):
            asked[f"{panel['title']} {target['refId']}"] = target["expr"].replace("$__rate_interval", "5m")
    return asked


QUERIES = queries()


def nodes(query: str) -> list[Any]:
    found: list[Any] = []

    def note(node: Any) -> None:
        found.append(node)

    promql.walk(promql.parse(query), pre_visit=note)
    return found


def selectors(query: str) -> list[promql.VectorSelector]:
    return [node for node in nodes(query) if isinstance(node, promql.VectorSelector)]


@pytest.mark.parametrize("where", QUERIES)
def test_a_query_names_metrics_that_the_services_expose(where: str) -> None:
    asked = selectors(QUERIES[where])
    assert asked
    assert {one.name for one in asked} <= samples().keys()


@pytest.mark.parametrize("where", QUERIES)
def test_a_query_uses_labels_that_its_metrics_have(where: str) -> None:
    asked = selectors(QUERIES[where])
    for one in asked:
        used = {matcher.name for matcher in one.matchers.matchers}
        assert used <= samples()[str(one.name)] | SCRAPED, one.name
    known = SCRAPED.union(*(samples()[str(one.name)] for one in asked))
    for node in nodes(QUERIES[where]):
        modifier = getattr(node, "modifier", None)
        grouping = getattr(modifier, "matching", modifier)
        assert set(getattr(grouping, "labels", None) or ()) <= known


def test_a_query_of_what_does_not_exist_would_be_found() -> None:
    asked = "sum by (colour) (rate(linli_published[5m])) / on (service) linli_no_such{queue='a'}"
    assert [one.name for one in selectors(asked)] == ["linli_published", "linli_no_such"]
    assert not {one.name for one in selectors(asked)} & samples().keys()
    with pytest.raises(ValueError, match="unclosed"):
        promql.parse("sum(linli_published_total")


def test_every_alert_says_once_what_is_wrong_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"Linli[A-Za-z]+", rule["alert"])
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert all(rule["annotations"][said].strip() for said in ("summary", "action"))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_what_an_alert_tells_has_the_labels_that_it_names(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    kept = SCRAPED.union(*(samples()[str(one.name)] for one in selectors(rule["expr"])))
    for node in reversed([one for one in nodes(rule["expr"]) if isinstance(one, promql.AggregateExpr)]):
        kept = set(node.modifier.labels) if node.modifier else set()
    assert named <= kept


def test_the_dashboard_can_be_imported_and_read() -> None:
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    assert (dashboard["title"], dashboard["uid"], dashboard.get("id")) == ("Linli", "linli", None)
    assert [one["type"] for one in dashboard["templating"]["list"]] == ["datasource"]
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids)) <= 40
    assert [panel["title"].partition(":")[0] for panel in panels() if panel["type"] == "row"] == [
        "What needs somebody",
        "Reports",
        "Outbox and relay",
        "Consumers",
        "End-to-end delay",
        "Queues",
        "HTTP",
    ]
    places: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        covered = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not covered & places, panel["title"]
        places |= covered
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == panel["datasource"]["uid"] == "${datasource}"


def test_every_service_is_scraped_where_compose_runs_it() -> None:
    scraped = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    [job] = scraped["scrape_configs"]
    targets = {one["labels"]["service"]: one["targets"] for one in job["static_configs"]}
    assert targets == {name: [f"{name}:8000"] for name in COMPOSERS}
    assert targets.keys() <= compose["services"].keys()
    assert scraped["rule_files"] == ["prometheus-rules.yml"]
    matchers = [one for query in QUERIES.values() for asked in selectors(query) for one in asked.matchers.matchers]
    assert {one.value for one in matchers if one.name == "job"} == {job["job_name"]}


def test_the_page_about_metrics_tells_all_and_no_others() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) ?\| (\w+) \|", page, re.MULTILINE)
    told = {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in rows}
    assert told == {name: one for name, one in exposed().items() if not name.startswith("process_")}
    for name, _, _, service in rows:
        has = {one for one, registry in registries().items() if name in {found for found, *_ in families(registry)}}
        assert has == (set(COMPOSERS) if service == "all" else {service})
