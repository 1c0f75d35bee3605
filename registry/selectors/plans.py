"""Plan a model before it is published: the one function every interface calls."""

from registry.licensing.outbound_candidates import Wish
from registry.licensing.plan import plan_of, planned_node
from registry.licensing.plan_file import LONGEST_NAME
from registry.licensing.plan_request import UNNAMED, PlanRequest, read_request
from registry.licensing.planned import stated_parents
from registry.licensing.scenarios import Scenario
from registry.lineage.references import clean_words
from registry.selectors.asker import refuse_the_future
from registry.selectors.plan_json import plan_json
from registry.selectors.plan_parents import lineage_of_plan, parents_of
from registry.selectors.plan_shape import PlanJson

LARGEST_PLAN = 1_000_000  # bytes that interfaces accept


def plan(text: str) -> PlanJson:
    """Return the plan of what an author describes, in any of the forms we read.

    :raises UnreadablePlan: naming the key that is wrong and what to write there
    :raises UnreadableYaml: if it is YAML that we are not willing to read
    :raises BadScenario: naming the key of a scenario that is wrong
    :raises BadProfile: naming the field of a profile that makes no sense
    :raises UnclearParent: if a parent's name fits several models
    :raises InTheFuture: if something is said to have happened on a day to come
    """
    asked = read_request(text)
    _refuse_the_future(asked)
    return _scenario(asked) if isinstance(asked, Scenario) else _request(asked)


def _refuse_the_future(asked: Scenario | PlanRequest) -> None:
    refuse_the_future(asked.profile.obtained_on, where="obtained_on")
    if isinstance(asked, Scenario):
        for edge in asked.lineage.edges:
            refuse_the_future(edge.made_on, where="nodes: the date")
    else:
        for parent in asked.parents:
            refuse_the_future(parent.obtained_on, where=f"{parent.path}.date")


def _scenario(scenario: Scenario) -> PlanJson:
    lineage = scenario.lineage
    made = plan_of(
        lineage,
        name=clean_words(lineage.nodes[lineage.subject].label)[:LONGEST_NAME] or UNNAMED,
        parents=stated_parents(lineage),
        wish=Wish(),
        profile=scenario.profile,
    )
    return plan_json(made)


def _request(request: PlanRequest) -> PlanJson:
    parents = parents_of(request.parents)
    subject = planned_node(
        name=request.name,
        declared=request.declared,
        flags=request.flags,
        is_multimodal=parents.are_multimodal,
    )
    made = plan_of(
        lineage_of_plan(subject, parents),
        name=request.name,
        parents=parents.planned,
        wish=request.wish,
        profile=request.profile,
    )
    return plan_json(made, notes=(*request.notes, *parents.notes))
