"""Which of the bureau's two languages a request wants."""

from fastapi import Request

from maps.theme import LANGUAGES, Language

COOKIE = "language"


def chosen(request: Request) -> Language:
    """`?lang=`, then the page's own choice, then the browser's, then the bureau's."""
    wishes = [request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")]
    wishes += request.headers.get("accept-language", "").lower().split(",")
    for wish in wishes:
        for language in LANGUAGES:
            if wish.strip().startswith(language):
                return language
    bureau: Language = request.app.state.settings.language
    return bureau
