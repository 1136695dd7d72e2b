"""What a site puts around its pages, whatever they show: banners, windows, fields, requests without end.

Written in ASCII, for the sites have encodings of their own.
"""

from starlette.responses import Response

from poolmgr.local.replica.faults import Faults

BANNER = (
    b'<div class="temoins" style="position:fixed;bottom:0;left:0;right:0;background:#eee">'
    b"Ce site utilise des t&eacute;moins. "
    b'<button type="button" onclick="this.parentNode.remove()">Fermer</button></div>'
)
POPUP = b"<script>window.open('', 'sondage').document.title = 'Sondage';</script>"
UNSETTLED = b"<script>setInterval(() => fetch('/_pouls').catch(() => {}), 100);</script>"
FIELD = b'<p><label>Courriel <input type="text" name="txtCourrielNouv"></label></p>'

BEFORE_THE_END = {"cookie_banner": BANNER, "popup": POPUP, "unsettled": UNSETTLED}
DRESSES = (*BEFORE_THE_END, "extra_field")


def dressed(response: Response, faults: Faults) -> Response:
    """The same, when it is a page that is shown. A frameset has no body to put anything into."""
    worn = [name for name in DRESSES if faults.standing(name)]
    kind = response.headers.get("content-type", "")
    if not worn or response.status_code != 200 or not kind.startswith("text/html"):
        return response
    html = bytes(response.body)
    if "extra_field" in worn:
        html = html.replace(b"</form>", FIELD + b"</form>", 1)
    more = b"".join(BEFORE_THE_END[name] for name in worn if name in BEFORE_THE_END)
    html = html.replace(b"</body>", more + b"</body>", 1)
    answer = Response(html, response.status_code)
    kept = [(name, value) for name, value in response.raw_headers if name != b"content-length"]
    answer.raw_headers = [*kept, (b"content-length", str(len(html)).encode())]
    return answer
