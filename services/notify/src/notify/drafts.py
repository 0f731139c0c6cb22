"""Texts that staff write: what may be in them, so that no text can take long, grow without end or read what it may not.

Rather than stopping a text that runs too long, only what cannot run long is let in: no calls, no arithmetic, no loop
within a loop and none but over what the event says. What is left is as long as the text and the event.
"""

from collections.abc import Collection, Mapping
from typing import Any

from babel import Locale
from jinja2 import TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notify.domain.rules import Wording
from notify.plurals import plural_in
from notify.samples import sample_of
from notify.wording import LANGUAGES, Words

# None that makes a text longer: a few in a row would make it grow without end, as `replace` does.
FILTERS = frozenset({"upper", "lower", "trim", "length", "first", "last", "default", "title", "plural"})

MOST_TITLE, MOST_BODY = 120, 4000
"""How long messages in the inbox may be."""

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
    nodes.Getattr,
    nodes.Filter,
    nodes.Concat,
)


class DraftError(ValueError):
    """A text cannot be used; ``field`` is ``title`` or ``body``."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


def check_draft(
    draft: Wording,
    words: Words,
    samples: Mapping[str, Mapping[str, Any]],
    language: str,
    *,
    most_title: int,
    most_body: int,
) -> None:
    """Refuse a text that could run long, asks for what not all of its events say, or is too long for its channel.

    Raises:
        DraftError: it is refused.
    """
    known = set.intersection(*(set(words.values(params, language)) for params in samples.values()))
    for field, text in (("title", draft.title), ("body", draft.body)):
        _check(field, text, known)
    if not draft.title.isprintable():
        raise DraftError("title", "it must be one line")
    for params in samples.values():
        try:
            said = words.say(draft, params, language)
        except (SecurityError, UndefinedError, TypeError, ValueError) as error:
            raise DraftError("body", f"it cannot be made of an example: {type(error).__name__}") from None
        for field, text, most in (("title", said.title, most_title), ("body", said.body, most_body)):
            if not text.strip() or len(text) > most:
                raise DraftError(field, f"of an example it makes {len(text)} characters; it must be 1 to {most}")


def check_fit(template: str, words: Words, event: str) -> None:
    """Refuse a message for an event that does not say all that its texts ask for, in whatever words it is told now.

    Raises:
        DraftError: it is refused; ``field`` is ``template``.
    """
    samples = {event: sample_of(event)}
    for language in LANGUAGES:
        for text in words.wordings(template, language):
            try:
                check_draft(text, words, samples, language, most_title=MOST_TITLE, most_body=MOST_BODY)
            except DraftError as error:
                raise DraftError("template", f"its {error.field} in {language}: {error}") from None


def _check(field: str, text: str, known: Collection[str]) -> None:
    try:
        tree = _PARSING.parse(text)
    except TemplateSyntaxError as error:
        raise DraftError(field, f"line {error.lineno}: {error.message}") from None
    # First, for Jinja works out what is constant in order to find the variables: 'x' * 10**9 would be made.
    for node in tree.find_all(nodes.Node):
        _check_node(field, node)
    unknown = sorted(meta.find_undeclared_variables(tree) - set(known))
    if unknown:
        raise DraftError(field, f"it asks for {', '.join(unknown)}; there is {', '.join(sorted(known))}")


def _check_node(field: str, node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED):
        raise DraftError(field, f"line {node.lineno}: {type(node).__name__.lower()} may not be in a text")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise DraftError(field, f"line {node.lineno}: {node.name} may not be in a text")
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise DraftError(field, f"line {node.lineno}: {node.attr} may not be read")
    if isinstance(node, nodes.For):
        if not isinstance(node.iter, nodes.Name) or node.recursive:
            raise DraftError(field, f"line {node.lineno}: only what the event says may be gone through")
        if any(isinstance(inner, nodes.For) for part in node.body for inner in (part, *part.find_all(nodes.For))):
            raise DraftError(field, f"line {node.lineno}: a loop may not be in a loop")


_PARSING = ImmutableSandboxedEnvironment(autoescape=True)
_PARSING.globals.clear()  # as where texts are rendered
_PARSING.filters["plural"] = plural_in(Locale("en"))
