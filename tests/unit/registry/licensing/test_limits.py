"""Rules L24 and L25: caps against the asker's figures, territories against his place."""

from dataclasses import replace
from datetime import date

import pytest

from registry.licensing.catalog import all_terms
from registry.licensing.codes import ConflictCode
from registry.licensing.findings import Exceeded, Finding
from registry.licensing.limits import lowest_caps
from registry.licensing.profile import NOBODY, Answer, BadProfile, Profile, Purpose
from registry.licensing.profile_fields import read_profile
from registry.licensing.regions import regions_of
from registry.licensing.terms import Permission, Word
from registry.licensing.verdict import RightsVerdict, assess
from registry.licensing.vocabulary import Metric
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import edge, lineage, official, page, tag, words

USE = Permission.USE_COMMERCIAL
PRIVATE = Permission.USE_PRIVATE
OUTPUTS = Permission.OUTPUTS_COMMERCIAL
TRAIN = Permission.TRAIN_ON_OUTPUTS
COPY = Permission.REDISTRIBUTE
SELL = Permission.SELL_WEIGHTS
FREE = Permission.HOST_FREE
PAID = Permission.HOST_PAID
COMMERCIAL = (USE, OUTPUTS, PAID, SELL)
LIMITS = {ConflictCode.THRESHOLD_EXCEEDED, ConflictCode.TERRITORY_EXCLUDED}
USD = Metric.ANNUAL_REVENUE_USD


def who(metric: Metric, figure: int) -> Profile:
    return Profile(figures={metric: figure})


def ask(
    profile: Profile,
    *licenses: str,
    relation: Relation = Relation.FINETUNE,
    grade: Grade = Grade.TAG,
    is_multimodal: bool | None = None,
) -> RightsVerdict:
    base = official("huggingface:org/base", "mit")
    parents = [
        replace(official(f"huggingface:org/{i}", i), is_multimodal=is_multimodal) for i in licenses
    ]
    edges = [edge(parent, relation, grade=grade) for parent in parents]
    if relation is not Relation.FINETUNE or not grade.is_firm:
        edges.append(edge(base))  # so that no unknown parent is assumed
    return assess(lineage(page(tag("mit")), [base, *parents], edges), profile)


def limits(verdict: RightsVerdict) -> list[Finding]:
    return [finding for finding in verdict.conflicts if finding.code in LIMITS]


def codes(verdict: RightsVerdict) -> list[str]:
    return [finding.code.value for finding in limits(verdict)]


class TestCaps:
    @pytest.mark.parametrize(
        ("license_id", "metric", "figure", "is_beyond"),
        [
            ("stability-ai-community", USD, 999_999, False),
            ("stability-ai-community", USD, 1_000_000, False),  # above
            ("stability-ai-community", USD, 1_000_001, True),
            ("krea-2-community", USD, 999_999, False),
            ("krea-2-community", USD, 1_000_000, True),  # from
            ("ltxv-owl", USD, 10_000_000, True),
            ("qwen", Metric.MAU, 100_000_000, False),
            ("qwen", Metric.MAU, 100_000_001, True),
            ("cogvideox", Metric.MONTHLY_VISITS, 1_000_001, True),
            ("dreamlike-openrail-m-modified", Metric.TEAM_SIZE, 10, False),
            ("dreamlike-openrail-m-modified", Metric.TEAM_SIZE, 11, True),
            ("bilibili-indextts2", Metric.ANNUAL_REVENUE_CNY, 1_000_000_001, True),
            ("bilibili-indextts2", USD, 1_000_000_001, False),  # nothing is converted
            ("qwen", USD, 10**12, False),
        ],
    )
    def test_compare_exactly(
        self, license_id: str, metric: Metric, figure: int, is_beyond: bool
    ) -> None:
        verdict = ask(who(metric, figure), license_id)

        assert ("THRESHOLD_EXCEEDED" in codes(verdict)) is is_beyond

    def test_of_commercial_scope_forbid_what_is_commercial(self) -> None:
        below = ask(who(USD, 1), "stability-ai-community")
        beyond = ask(who(USD, 10**7), "stability-ai-community")

        assert words(beyond, *COMMERCIAL) == ["forbidden"] * 4
        assert words(beyond, PRIVATE, COPY, FREE) == words(below, PRIVATE, COPY, FREE)
        assert beyond.relicense.word is Word.CONDITIONAL
        assert words(below, *COMMERCIAL) == ["conditional"] * 4

    def test_of_any_scope_forbid_everything(self) -> None:
        verdict = ask(who(Metric.MAU, 800_000_000), "llama3.1")

        assert {right.word for right in verdict.rights.values()} == {Word.FORBIDDEN}
        assert verdict.relicense.word is Word.FORBIDDEN

    @pytest.mark.parametrize(
        ("purpose", "word"),
        [
            (Purpose.COMMERCIAL, "forbidden"),
            (Purpose.NON_COMMERCIAL, "conditional"),
            (Purpose.UNKNOWN, "unclear"),
        ],
    )
    def test_that_spare_the_non_commercial_ask_for_the_purpose(
        self, purpose: Purpose, word: str
    ) -> None:
        asker = Profile(figures={USD: 10_000_000}, purpose=purpose)

        verdict = ask(asker, "ltx-2.x-community")

        assert words(verdict, COPY, FREE) == [word] * 2
        assert words(verdict, *COMMERCIAL) == ["forbidden"] * 4
        assert words(verdict, PRIVATE) == ["conditional"]

    @pytest.mark.parametrize(
        ("answer", "word"),
        [(Answer.YES, "forbidden"), (Answer.NO, "conditional"), (Answer.UNKNOWN, "unclear")],
    )
    def test_of_image_services_ask_for_the_business(self, answer: Answer, word: str) -> None:
        figures = {Metric.MONTHLY_UNIQUE_USERS: 1_000_001}
        asker = Profile(figures=figures, image_generation_business=answer)

        verdict = ask(asker, "playground-v2")

        assert words(verdict, USE, OUTPUTS, PAID) == [word] * 3
        assert words(verdict, PRIVATE) == ["conditional"]

    def test_of_hosting_operators_reach_paid_hosting_only(self) -> None:
        before = ask(NOBODY, "glm-5.3")
        verdict = ask(who(USD, 10**11), "glm-5.3")

        assert codes(verdict) == ["THRESHOLD_EXCEEDED"]
        assert dict(limits(verdict)[0].effects).keys() == {PAID}
        assert words(verdict, USE, FREE) == words(before, USE, FREE)

    def test_that_owe_a_line_only_forbid_nothing(self) -> None:
        verdict = ask(who(Metric.MAU, 10**9), "kimi-k2-modified-mit")

        assert codes(verdict) == []
        assert words(verdict, USE) == ["allowed"]
        assert [cap.exceeded for cap in verdict.caps] == [Exceeded.YES, Exceeded.UNKNOWN]

    @pytest.mark.parametrize(
        ("answer", "is_beyond"),
        [(Answer.YES, True), (Answer.NO, False), (Answer.UNKNOWN, False)],
    )
    def test_may_be_a_yes_or_no_question(self, answer: Answer, is_beyond: bool) -> None:
        verdict = ask(Profile(competes_with_licensor=answer), "hyperclova-x-seed")

        assert ("THRESHOLD_EXCEEDED" in codes(verdict)) is is_beyond
        assert (words(verdict, PRIVATE) == ["forbidden"]) is is_beyond

    @pytest.mark.parametrize(
        ("now", "at_release", "is_beyond"),
        [(800, None, True), (800, 1, False), (1, 800, True), (None, 800, True), (1, None, False)],
    )
    def test_fixed_at_release_look_at_that_month_first(
        self, now: int | None, at_release: int | None, is_beyond: bool
    ) -> None:
        asker = Profile(
            figures={} if now is None else {Metric.MAU: now * 10**6},
            figures_at_release={} if at_release is None else {Metric.MAU: at_release * 10**6},
        )

        assert ("THRESHOLD_EXCEEDED" in codes(ask(asker, "llama3.1"))) is is_beyond

    def test_measured_now_do_not_look_at_the_release(self) -> None:
        asker = Profile(figures_at_release={Metric.MAU: 10**9})

        assert codes(ask(asker, "qwen")) == []

    def test_are_all_listed_with_whom_they_are_owed_to(self) -> None:
        verdict = ask(NOBODY, "qwen", "llama3.1", "tongyi-qianwen")

        assert [(c.license, c.threshold.value, c.ancestors) for c in verdict.caps] == [
            ("qwen", 10**8, ("huggingface:org/qwen",)),
            ("tongyi-qianwen", 10**8, ("huggingface:org/tongyi-qianwen",)),
            ("llama3.1", 7 * 10**8, ("huggingface:org/llama3.1",)),
        ]
        assert {cap.exceeded for cap in verdict.caps} == {Exceeded.UNKNOWN}

    def test_show_the_lowest_of_each_metric(self) -> None:
        verdict = ask(NOBODY, "llama3.1", "qwen", "stability-ai-community", "ltxv-owl")

        lowest = {metric: cap.threshold.value for metric, cap in lowest_caps(verdict.caps).items()}
        assert lowest == {Metric.MAU: 10**8, USD: 10**6}

    def test_say_which_the_asker_is_beyond(self) -> None:
        verdict = ask(who(Metric.MAU, 2 * 10**8), "qwen", "llama3.1")

        assert [cap.exceeded for cap in verdict.caps] == [Exceeded.YES, Exceeded.NO]

    def test_gather_the_ancestors_of_one_text(self) -> None:
        base = official("huggingface:org/base", "mit")
        twins = [official("huggingface:org/a", "qwen"), official("huggingface:org/b", "qwen")]
        edges = [edge(base), edge(twins[0]), edge(twins[1], grade=Grade.INFERRED)]

        caps = assess(lineage(page(tag("mit")), [base, *twins], edges)).caps

        assert [cap.ancestors for cap in caps] == [("huggingface:org/a", "huggingface:org/b")]

    def test_of_the_page_itself_count(self) -> None:
        base = official("huggingface:org/base", "mit")

        verdict = assess(lineage(page(tag("qwen")), [base], [edge(base)]), who(Metric.MAU, 10**9))

        assert codes(verdict) == ["THRESHOLD_EXCEEDED"]
        assert words(verdict, USE) == ["forbidden"]

    def test_bind_running_only_over_a_runtime_part(self) -> None:
        verdict = ask(who(Metric.MAU, 10**9), "llama3.1", relation=Relation.RUNTIME)

        assert words(verdict, USE, PRIVATE, OUTPUTS) == ["forbidden"] * 3
        assert words(verdict, COPY, SELL) == ["allowed"] * 2
        assert verdict.relicense.word is Word.ALLOWED

    def test_do_not_cross_training_on_outputs(self) -> None:
        verdict = ask(who(Metric.MAU, 10**9), "llama3.1", relation=Relation.DISTILL)

        assert codes(verdict) == []
        assert verdict.caps == ()

    def test_only_widen_over_a_weak_edge(self) -> None:
        verdict = ask(who(Metric.MAU, 10**9), "llama3.1", grade=Grade.INFERRED)

        assert codes(verdict) == ["THRESHOLD_EXCEEDED"]
        assert words(verdict, USE, COPY) == ["unclear"] * 2
        assert not limits(verdict)[0].is_firm
        assert limits(verdict)[0].grade is Grade.INFERRED

    def test_only_widen_where_nobody_verified_the_text(self) -> None:
        verdict = ask(who(USD, 10**9), "minimax-community")

        assert codes(verdict) == ["THRESHOLD_EXCEEDED"]
        assert not limits(verdict)[0].is_firm
        assert words(verdict, USE) == ["unclear"]

    def test_say_what_the_text_asks_for(self) -> None:
        finding = limits(ask(who(USD, 2 * 10**6), "stability-ai-community"))[0]

        assert "annual revenue usd above 1,000,000: enterprise licence needed" in finding.because
        assert finding.clause == "thresholds"
        assert finding.licenses == ("stability-ai-community",)
        assert finding.ancestors == ("huggingface:org/stability-ai-community",)
        assert finding.is_firm


class TestTerritory:
    @pytest.mark.parametrize("region", ["EU", "DE", "FR", "UK", "GB", "KR", "kr"])
    def test_left_out_grants_nothing(self, region: str) -> None:
        verdict = ask(Profile(region=region), "tencent-hunyuan-community")

        assert codes(verdict) == ["TERRITORY_EXCLUDED"]
        assert {right.word for right in verdict.rights.values()} == {Word.FORBIDDEN}
        assert verdict.relicense.word is Word.FORBIDDEN

    @pytest.mark.parametrize("region", ["US", "JP", "CH", "NO", ""])
    def test_elsewhere_is_as_it_was(self, region: str) -> None:
        verdict = ask(Profile(region=region), "tencent-hunyuan-community")

        assert verdict.rights == ask(NOBODY, "tencent-hunyuan-community").rights

    def test_reads_the_earlier_text_as_it_was(self) -> None:
        assert codes(ask(Profile(region="KR"), "tencent-hunyuan-community-2024-05")) == []
        assert codes(ask(Profile(region="IT"), "tencent-hunyuan-community-2024-05")) == [
            "TERRITORY_EXCLUDED"
        ]

    def test_of_weights_leaves_outputs_open(self) -> None:
        verdict = ask(Profile(region="EU"), "llama3.2", is_multimodal=True)

        assert words(verdict, USE, PRIVATE, COPY, PAID) == ["forbidden"] * 4
        assert words(verdict, OUTPUTS, TRAIN) == ["conditional"] * 2

    @pytest.mark.parametrize(
        ("is_multimodal", "found", "word"),
        [
            (True, ["TERRITORY_EXCLUDED"], "forbidden"),
            (None, ["TERRITORY_EXCLUDED"], "unclear"),
            (False, [], "conditional"),
        ],
    )
    def test_of_multimodal_models_asks_what_it_is(
        self, is_multimodal: bool | None, found: list[str], word: str
    ) -> None:
        verdict = ask(Profile(region="EU"), "llama3.2", is_multimodal=is_multimodal)

        assert codes(verdict) == found
        assert words(verdict, USE) == [word]

    def test_is_the_union_with_scope_and_ancestors(self) -> None:
        texts = ("tencent-hunyuan-community-2024-05", "tencent-hunyuan-community", "llama4")

        found = [
            (t.region, t.scope, len(t.ancestors), t.licenses)
            for t in ask(NOBODY, *texts).territory_excluded
        ]

        whole, some = "weights_derivatives_and_outputs", "multimodal_models_only"
        both = ("tencent-hunyuan-community", "tencent-hunyuan-community-2024-05")
        assert found == [
            ("EU", some, 1, ("llama4",)),
            ("EU", whole, 2, both),
            ("KR", whole, 1, both[:1]),
            ("UK", whole, 1, both[:1]),
        ]

    def test_is_not_listed_for_a_text_model(self) -> None:
        assert ask(NOBODY, "llama4", is_multimodal=False).territory_excluded == ()

    def test_only_widens_over_a_weak_edge(self) -> None:
        verdict = ask(Profile(region="EU"), "tencent-hunyuan-community", grade=Grade.PROSE)

        assert words(verdict, USE, COPY) == ["unclear"] * 2
        assert not limits(verdict)[0].is_firm

    def test_binds_running_only_over_a_runtime_part(self) -> None:
        asker = Profile(region="EU")

        verdict = ask(asker, "tencent-hunyuan-community", relation=Relation.RUNTIME)

        assert words(verdict, USE, OUTPUTS) == ["forbidden"] * 2
        assert words(verdict, COPY) == ["allowed"]

    def test_says_where(self) -> None:
        finding = limits(ask(Profile(region="DE"), "tencent-hunyuan-community"))[0]

        assert "grants nothing in EU (weights derivatives and outputs)." in finding.because
        assert finding.clause == "territory_excluded"


class TestRegions:
    def test_know_the_members_of_the_union(self) -> None:
        assert regions_of("de") == {"DE", "EU"}
        assert regions_of("CH") == {"CH"}
        assert regions_of(" US ") == {"US"}

    def test_know_who_left_and_who_never_joined(self) -> None:
        assert [c for c in ("GB", "NO", "IS", "CH", "TR", "UA") if "EU" in regions_of(c)] == []

    def test_know_the_united_kingdom_by_both_names(self) -> None:
        assert regions_of("GB") == regions_of("UK") == {"GB", "UK"}

    @pytest.mark.parametrize("code", ["", "XX", "Germany", "EUR", "D"])
    def test_do_not_know_what_is_none(self, code: str) -> None:
        assert regions_of(code) == frozenset()

    def test_know_every_region_of_the_catalogue(self) -> None:
        named = {r for terms in all_terms() for t in terms.territory_excluded for r in t.regions}

        assert {region for region in named if not regions_of(region)} == set()


class TestProfile:
    def test_reads_every_field(self) -> None:
        profile = read_profile(
            {
                "annual_revenue_usd": 500_000,
                "monthly_active_users": "1000",
                "team_size": 4.0,
                "mau_at_release": 7,
                "country": "JP",
                "obtained_on": "2024-09-01",
                "obtained_from": "civitai:1",
                "academic": True,
                "purpose": "non_commercial",
                "image_generation_business": False,
                "competes_with_licensor": "true",
                "dau": None,
                "monthly_visits": "",
            }
        )

        assert profile == Profile(
            figures={USD: 500_000, Metric.MAU: 1000, Metric.TEAM_SIZE: 4},
            figures_at_release={Metric.MAU: 7},
            region="JP",
            obtained_on=date(2024, 9, 1),
            obtained_from="civitai:1",
            academic=Answer.YES,
            purpose=Purpose.NON_COMMERCIAL,
            image_generation_business=Answer.NO,
            competes_with_licensor=Answer.YES,
        )

    def test_of_nobody_is_empty(self) -> None:
        assert read_profile({}) == NOBODY == Profile()

    @pytest.mark.parametrize("raw", [{"annual_revenue_usd": -1}, {"annual_revenue_usd": -0.5}])
    def test_takes_no_negative_figure(self, raw: dict[str, object]) -> None:
        with pytest.raises(BadProfile, match="annual_revenue_usd"):
            read_profile(raw)

    def test_takes_no_negative_figure_from_code_either(self) -> None:
        with pytest.raises(BadProfile, match="mau"):
            who(Metric.MAU, -1)
        with pytest.raises(BadProfile, match="mau"):
            Profile(figures_at_release={Metric.MAU: -1})

    def test_takes_zero(self) -> None:
        assert read_profile({"mau": 0}).figures == {Metric.MAU: 0}

    def test_takes_no_endless_figure(self) -> None:
        with pytest.raises(BadProfile, match="mau"):
            read_profile({"mau": "9" * 5000})

    def test_names_the_place_of_a_mistake(self) -> None:
        with pytest.raises(BadProfile, match=r"^who: unknown key 'hat'; known: academic"):
            read_profile({"hat": 1}, where="who")
