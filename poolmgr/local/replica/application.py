"""Which page is where."""

from base64 import b64decode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poolmgr.local.replica import choosing, delivering, doors, notices, paths, switchboard
from poolmgr.local.replica.rdprm.routes import routes as rdprm_routes
from poolmgr.local.replica.req import switchboard as req_switchboard
from poolmgr.local.replica.searching import search
from poolmgr.local.replica.site import Site, inside, of_demand, outside

# one transparent point, whatever the picture is called
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


async def picture(_: Request) -> Response:
    return Response(GIF, media_type="image/gif")


async def nowhere(_: Request, __: Exception) -> Response:
    return notices.not_here()


def application(site: Site) -> Starlette:
    routes = [
        outside(site, paths.BASE, doors.entry),
        outside(site, paths.LOGIN, doors.login),
        inside(site, paths.WELCOME, doors.welcome),
        outside(site, paths.LOGOUT, doors.logout),
        inside(site, paths.INDEX, search("index")),
        inside(site, paths.ACTE, search("acte")),
        inside(site, paths.PLAN, search("plan_cadastraux")),
        of_demand(site, paths.SIMILAR, choosing.similar),
        of_demand(site, paths.PLAN_CHOICE, choosing.plans),
        of_demand(site, paths.CONFIRM, choosing.confirm),
        of_demand(site, paths.REDIRECT, delivering.onward),
        of_demand(site, paths.FRAMES, delivering.frames),
        of_demand(site, paths.MENU, delivering.menu),
        of_demand(site, paths.PAGE, delivering.document),
        of_demand(site, paths.PDF, delivering.save),
        Route(f"{paths.IMAGES}{{name}}", picture),
        *site.req.routes(),
        *req_switchboard.routes(site.req),
        *switchboard.routes(site),
        *rdprm_routes(site.rdprm),
    ]
    return Starlette(routes=routes, exception_handlers={404: nowhere})
