"""The pages in front of the services: what is here, and the API documents of all four in one place."""

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

ABOUT = {
    "intake": ("受理", "takes reports in and shows residents how far they are"),
    "routing": ("派单", "gives each case its unit, its handler and its deadline"),
    "volunteer": ("志愿", "lists the needs that volunteers claim"),
    "notify": ("通知", "keeps everyone's inbox and the departments' subscriptions"),
}

STYLE = "body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}li{margin:.4rem 0}"

HOME = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Linli 邻里</title><style>{style}</style>
<h1>Linli 邻里</h1>
<p>Neighbourhood issues, reported, settled, followed and closed.</p>
<ul>{services}</ul>
<p><a href="docs">API documents of all four · 接口文档</a> · <a href="notify/docs/events">events · 事件目录</a> ·
<a href="healthz">health</a></p>
</html>
"""

SERVICE = """<li><b>/{name}</b> {title}: {about} (<a href="{name}/openapi.json">OpenAPI</a>,
<a href="{name}/readyz">ready?</a>)</li>"""

DOCS = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Linli API</title>
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<link rel="icon" href="docs/assets/favicon-32x32.png">
<style>nav{{font:16px system-ui,sans-serif;padding:1rem;background:#1b1b1b}}</style>
<style>nav a{{color:#fff;margin-right:1.5rem}}</style>
<nav></nav><div id="ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script>
const services = {services};
for (const name of services) {{
  const link = document.createElement("a");
  link.href = "#" + name;
  link.textContent = name;
  document.querySelector("nav").append(link);
}}
function show() {{
  const named = location.hash.slice(1).split("/")[0];
  const name = services.includes(named) ? named : services[0];
  if (show.name !== name) {{
    show.name = name;
    SwaggerUIBundle({{url: name + "/openapi.json", dom_id: "#ui", persistAuthorization: true, docExpansion: "list"}});
  }}
}}
addEventListener("hashchange", show);
show();
</script>
</html>
"""


def page_routes(services: Sequence[str]) -> list[BaseRoute]:
    """Return the routes of the pages; every asset is served from here, none from the internet."""
    items = "".join(SERVICE.format(name=name, title=ABOUT[name][0], about=ABOUT[name][1]) for name in services)
    home = HOME.format(style=STYLE, services=items)
    docs = DOCS.format(services=json.dumps(services))
    assets = Path(str(files("fastapi_swagger") / "resources"))

    async def show_home(_request: Request) -> Response:
        return HTMLResponse(home)

    async def show_docs(_request: Request) -> Response:
        return HTMLResponse(docs)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    return [
        Route("/", show_home),
        Route("/healthz", healthz),
        Route("/docs", show_docs),
        Mount("/docs/assets", StaticFiles(directory=assets)),
    ]
