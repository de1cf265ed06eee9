"""Whose deal it is: names first, then the first rule that takes it, whatever the case and the accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.segment import (
    AmountCondition,
    Condition,
    DealFacts,
    Field,
    How,
    Rule,
    Segment,
    TextCondition,
    domain_of,
    folded,
    segment_of,
)

WORDS = st.sampled_from(["Maintenance", "maintenance", "Opérations", "operations", "Œuvre", "IT", "", "chef d’équipe"])
FACTS = st.builds(
    DealFacts,
    role=st.none() | WORDS,
    source=st.none() | WORDS,
    company=st.none() | WORDS,
    domains=st.lists(st.sampled_from(["acme.example", "north.example"]), max_size=2).map(tuple),
    amount=st.none() | st.integers(-5, 5).map(Decimal),
)
TEXT_FIELDS = st.sampled_from([Field.ROLE, Field.SOURCE, Field.COMPANY, Field.EMAIL_DOMAIN])
BOUND = st.none() | st.integers(-5, 5).map(Decimal)
CONDITIONS: st.SearchStrategy[Condition] = st.builds(
    TextCondition, TEXT_FIELDS, st.sampled_from(How), st.lists(WORDS | st.just("acme"), max_size=3).map(tuple)
) | st.builds(AmountCondition, BOUND, BOUND)
RULES = st.builds(Rule, st.lists(CONDITIONS, max_size=3).map(tuple), st.booleans())


def plain(text: str) -> str:
    """Written on its own: without accents, in small letters."""
    letters = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    return "".join(sign for sign in letters if unicodedata.category(sign) != "Mn").strip()


def holds(condition: Condition, facts: DealFacts) -> bool:
    """The oracle, one case after the other."""
    if isinstance(condition, AmountCondition):
        bounds = [bound for bound in (condition.least, condition.most) if bound is not None]
        low = condition.least if condition.least is not None else Decimal(-99)
        high = condition.most if condition.most is not None else Decimal(99)
        return bool(bounds) and facts.amount is not None and low <= facts.amount <= high
    texts = {
        Field.ROLE: [facts.role],
        Field.SOURCE: [facts.source],
        Field.COMPANY: [facts.company],
        Field.EMAIL_DOMAIN: list(facts.domains),
    }[condition.field]
    for text in (plain(one) for one in texts if one is not None):
        for value in (plain(one) for one in condition.values if one):
            if condition.how is How.ONE_OF and text == value:
                return True
            if condition.how is How.BEGINS and text[: len(value)] == value:
                return True
            if condition.how is How.CONTAINS and len(text.split(value)) > 1:
                return True
    return False


@given(RULES, FACTS)
def test_a_rule_takes_a_deal_where_any_or_all_of_its_conditions_hold(rule: Rule, facts: DealFacts) -> None:
    held = [holds(condition, facts) for condition in rule.conditions]
    expected = (False not in held if rule.every else True in held) if held else False
    assert rule.takes(facts) is expected


@given(st.lists(RULES, max_size=4), FACTS)
def test_the_first_rule_that_takes_a_deal_has_it(rules: Sequence[Rule], facts: DealFacts) -> None:
    segments = [Segment(f"p{place}", (f"p{place}",), rule) for place, rule in enumerate(rules)]
    taking = [segment.key for segment in segments if segment.rule.takes(facts)]
    assert segment_of(segments, facts) == (taking[0] if taking else None)


@given(RULES)
def test_a_rule_is_the_same_after_it_was_stored(rule: Rule) -> None:
    assert Rule.of(rule.plain) == Rule(rule.conditions, rule.every)


@given(st.text(), st.text())
def test_texts_that_fold_alike_do_so_again(one: str, other: str) -> None:
    assert folded(folded(one)) == folded(one)
    assert (folded(one) == folded(other)) == (folded(other) == folded(one))


def test_a_name_in_the_crm_goes_before_every_rule() -> None:
    everything = Rule((TextCondition(Field.COMPANY, How.CONTAINS, ("a",)),))
    segments = [Segment("first", ("first",), everything), Segment("second", ("second", "Chef d'équipe"), Rule())]
    assert segment_of(segments, DealFacts(role="CHEF D’EQUIPE", company="Acme")) == "second"
    assert segment_of(segments, DealFacts(role="someone", company="Acme")) == "first"
    assert segment_of(segments, DealFacts(role="someone")) is None


def test_an_address_may_be_given_for_its_domain() -> None:
    condition = TextCondition(Field.EMAIL_DOMAIN, How.ONE_OF, ("@Acme.example",))
    assert condition.holds(DealFacts(domains=("acme.example",)))
    assert (domain_of("bo@ACME.example"), domain_of("bo"), domain_of(None), domain_of("bo@")) == (
        "acme.example",
        None,
        None,
        None,
    )
