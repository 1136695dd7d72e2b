"""Which page of the RDPRM is where."""

from starlette.routing import Route

from poolmgr.local.replica.rdprm import consulting, delivering, doors, paths, switchboard
from poolmgr.local.replica.rdprm.site import RdprmSite, inside, outside


def routes(site: RdprmSite) -> list[Route]:
    return [
        outside(site, paths.HOME, doors.home),
        outside(site, paths.SERVICES, doors.services),
        outside(site, paths.LOGIN, doors.login),
        outside(site, paths.QUESTION, doors.question),
        outside(site, paths.LOGOUT, doors.logout),
        outside(site, paths.SCRIPT, consulting.script),
        inside(site, paths.PULSE, consulting.pulse),
        inside(site, paths.SEARCH, consulting.search),
        inside(site, paths.CONFIRMATION, consulting.confirmation),
        inside(site, paths.PREPARATION, consulting.preparation),
        inside(site, paths.PRINT, delivering.print_page),
        inside(site, paths.VIEWER, delivering.viewer),
        inside(site, paths.FILE, delivering.file),
        inside(site, paths.CONSULTATION, consulting.consultation),
        inside(site, f"{paths.CONSULTATION}accueil", consulting.consultation),
        inside(site, f"{paths.CONSULTATION}resultat", consulting.consultation),
        *switchboard.routes(site),
    ]
