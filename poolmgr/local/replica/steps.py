"""The steps of a visit and the faults that may meet it there, as data."""

STEPS = (
    "entry",
    "login_page",
    "login",
    "welcome",
    "search",
    "choose_circonscription",
    "choose_cadastre",
    "submit",
    "similar",
    "choose_similar",
    "plan_choice",
    "choose_plan",
    "confirm",
    "confirmed",
    "redirect_1",
    "redirect_2",
    "redirect_3",
    "redirect_4",
    "document",
    "menu",
    "page",
    "save",
)
# where a document may be sold; `after` such a step the money is gone
SELLING = ("submit", "choose_similar", "choose_plan", "confirmed")
# each of these takes the place of the answer
ANSWERS = (
    "error_500",
    "maintenance",
    "ban",
    "challenge",
    "session_expiry",
    "unknown_page",
    "disconnect",
    "html",
    "no_download",
)
WAITS = ("slow", "hang")
# what becomes of the file: the connection breaks off, or the file itself is cut
FILES = ("truncated", "cut")
# these hold everywhere until they are cleared, and know neither step nor times
STANDING = (
    "renamed_field",
    "changed_label",
    "extra_field",
    "blank_first_option",
    "duplicate_options",
    "frame_missing",
    "popup",
    "cookie_banner",
    "unsettled",
    "account_lock",
    "account_in_use",
    "personal_question",
)
FAULTS = (*WAITS, *ANSWERS, *FILES, *STANDING)
