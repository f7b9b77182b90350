"""The API's documentation as one plain page, made from its OpenAPI: it needs no network and no script."""

import json

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every operation with what goes in and comes out."""
    api = request.app.openapi()
    operations = [
        {"path": path, "method": method.upper()} | operation
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = {name: json.dumps(schema, indent=2) for name, schema in api["components"]["schemas"].items()}
    return page("docs.html.j2", info=api["info"], operations=operations, schemas=schemas)
