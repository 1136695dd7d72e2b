"""What tokens cost, by the day."""

from datetime import date

from poolmgr.domain.quota import Usage
from poolmgr.domain.rates import RATES, Pricing, rate

AUTUMN, WINTER = date(2026, 12, 31), date(2027, 1, 1)


def usage(model: str) -> Usage:
    return Usage(model=model, input=2_300, output=3_000)


def test_a_page_costs_what_the_price_of_its_day_says() -> None:
    pricing = Pricing(usd_to_cad=1.0)
    assert pricing.cad_micros(usage("gemini-3.8-flash"), AUTUMN) == 12_975
    assert pricing.cad_micros(usage("gemini-3.8-flash"), WINTER) == 25_950
    assert pricing.cad_micros(usage("gemini-3.5-flash-lite"), AUTUMN) == 8_190
    assert pricing.cad_micros(usage("gemini-3.1-pro-preview"), AUTUMN) == 40_600


def test_part_of_a_millionth_is_a_whole_one() -> None:
    assert Pricing(usd_to_cad=1.4).cad_micros(Usage(model="gemini-3.8-flash", input=1, output=0), AUTUMN) == 2


def test_a_model_nobody_knows_costs_as_the_dearest_and_the_operators_price_counts_before_any() -> None:
    assert rate("gemini-9-ultra", AUTUMN).output_usd == max(one.output_usd for one in RATES)
    own = Pricing(usd_to_cad=2.0, input_usd=1.0, output_usd=10.0)
    assert own.cad_micros(usage("gemini-9-ultra"), AUTUMN) == 2 * (2_300 + 30_000)
