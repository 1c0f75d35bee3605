"""Whole verdicts, written down word by word: what a reader gets, down to every ground.

Run ``python -m tests.unit.registry.licensing.golden`` after a change that is meant to show, and
read the difference of ``golden_verdicts.json`` before committing it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from registry.licensing.profile import Profile
from registry.licensing.terms import Basis
from registry.licensing.verdict import (
    CivitaiFlags,
    Duty,
    Finding,
    Ground,
    NodeClaim,
    Reading,
    RightsVerdict,
    assess,
    assess_stack,
)
from registry.licensing.vocabulary import Metric
from registry.lineage.relations import Evidence, Grade, Relation
from tests.unit.registry.licensing.lineages import (
    child_of,
    edge,
    flag_claim,
    flags,
    lineage,
    official,
    page,
    tag,
)

FILE = Path(__file__).parent / "golden_verdicts.json"


def _statement(*ids: str, reading: Reading, grade: Grade = Grade.TAG) -> NodeClaim:
    return NodeClaim(
        license_id=ids[0],
        others=ids[1:],
        grade=grade,
        source="card",
        basis=Basis.TAG,
        reading=reading,
        declared=f"{reading.value} of {', '.join(ids)}",
    )


def verdicts() -> Mapping[str, RightsVerdict]:
    """Return the verdicts that are kept, by name."""
    apache = official("huggingface:org/apache", "apache-2.0")
    sd15 = official("huggingface:org/sd15", "creativeml-openrail-m")
    llama = official("huggingface:org/llama", "llama3.2")
    gpl = official("huggingface:org/gpl", "gpl-2.0")
    faipl = official("huggingface:org/faipl", "faipl-1.0-sd")
    hunyuan = official("huggingface:org/hunyuan", "tencent-hunyuan-community")
    pony = page(
        tag("pony-v6-faipl-modified"),
        flag_claim(CivitaiFlags(no_credit=False, commercial=frozenset({"Image"}))),
        name="civitai:2",
    )
    labelled = replace(apache, claims=(*apache.claims, tag("mit")))
    teacher = official("service:x", "openai-tos")
    beyond = Profile(figures={Metric.MAU: 10**9}, region="DE")
    return {
        "a merge of software licences": child_of(
            apache, gpl, claims=[tag("mit")], relation=Relation.MERGE
        ),
        "a merge over Pony with flags": assess(
            lineage(
                page(flags("Sell", derivatives=False)),
                [pony, faipl],
                [
                    edge(pony, Relation.MERGE),
                    edge(faipl, child="civitai:2", grade=Grade.PROSE),
                    edge(faipl, Relation.MERGE, evidence=Evidence.BASE_LABEL),
                ],
            )
        ),
        "an asker beyond the caps, in the EU": assess(
            lineage(
                page(tag("apache-2.0")),
                [replace(llama, is_multimodal=True), hunyuan],
                [edge(llama), edge(hunyuan, Relation.RUNTIME)],
            ),
            beyond,
        ),
        "a choice and a doubt": child_of(
            sd15,
            claims=[
                _statement("gpl-3.0", "mit", reading=Reading.CHOICE),
                _statement("flux-1-dev-nc-1.0", "flux-1-dev-nc-1.1.1", reading=Reading.DOUBT),
            ],
        ),
        "weak statements only": assess(
            lineage(page(tag("mit", grade=Grade.PROSE), attested=False), [llama], [])
        ),
        "a release whose label is overruled": assess(lineage(labelled)),
        "a service": assess(lineage(replace(teacher, is_service=True))),
        "trained on the outputs of a service": assess(
            lineage(
                page(tag("mit")),
                [apache, teacher],
                [edge(apache), edge(teacher, Relation.DISTILL), edge(sd15, Relation.DATASET)],
            )
        ),
        "a stack": assess_stack([lineage(sd15), lineage(llama), lineage(page(tag("mit")))], beyond),
    }


def dump(verdict: RightsVerdict) -> dict[str, object]:
    """Return a verdict as plain words."""
    answers = {**{p.value: r for p, r in verdict.rights.items()}, "relicense": verdict.relicense}
    return {
        "coverage": verdict.coverage.value,
        "answers": {
            asked: [
                f"{right.word.value} [{right.best.value}, {right.worst.value}]",
                *map(_ground, right.grounds),
            ]
            for asked, right in answers.items()
        },
        "duties": [_duty(duty) for duty in verdict.duties],
        "uses": [f"{use.tag} <- {', '.join(use.ancestors)}" for use in verdict.use_restrictions],
        "caps": [
            f"{cap.threshold.metric.value} {cap.threshold.value} {cap.license} "
            f"{cap.grade.value} {cap.exceeded.value} <- {', '.join(cap.ancestors)}"
            for cap in verdict.caps
        ],
        "territory": [
            f"{t.region} {t.scope} {', '.join(t.licenses)} <- {', '.join(t.ancestors)}"
            for t in verdict.territory_excluded
        ],
        "conflicts": _findings(verdict.conflicts),
        "drift": _findings(verdict.drift),
        "edges": [f"{e.child} {e.relation.value} {e.parent}" for e in verdict.edges],
        "open": [f"{e.child} {e.relation.value} {e.parent}" for e in verdict.open_edges],
        "notes": [*verdict.notes],
    }


def _ground(ground: Ground) -> str:
    said = (ground.ancestor, ground.license, ground.clause, ground.grade.value, ground.basis.value)
    ends = f"[{ground.best.word.value}, {ground.worst.word.value}]"
    where = f"{ground.source!r} {'text' if ground.text_url else 'no text'}"
    return " | ".join([*said, ends, where, "overruled" if ground.overruled else "binds"])


def _duty(duty: Duty) -> str:
    owed = "; ".join(f"{trigger} {ancestor}" for trigger, ancestor in duty.owed)
    return f"{duty.duty}:{duty.value} {duty.trigger} {duty.grade.value} <- {owed}"


def _findings(findings: Iterable[Finding]) -> list[str]:
    return [
        f"{f.code.value} | {f.because} | {f.clause} | {f.grade.value} | "
        f"{'firm' if f.is_firm else 'widens'} | {', '.join(f.licenses)} <- "
        f"{', '.join(f.ancestors)} | {'; '.join(f'{p.value} {i.word.value}' for p, i in f.effects)}"
        for f in findings
    ]


if __name__ == "__main__":
    FILE.write_text(
        json.dumps({name: dump(v) for name, v in verdicts().items()}, indent=1, ensure_ascii=False)
        + "\n",
        encoding="utf-8",
    )
