"""What runs, what does not run again, and what stops counting when the song changes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from audio_pipeline import orders, runs
from audio_pipeline.facts import MasterApproved, MastersFinished, RenderFinished
from audio_pipeline.pipeline import Artifact, InputFile, Inputs, Pipeline, Queue, Stage
from audio_pipeline.production import (
    approve,
    artist_approved,
    current_approval,
    progress_after,
    run_again,
    sent_back,
    song_artifacts,
    song_progress,
    stuck_runs,
    use_scene,
)
from audio_pipeline.run_errors import (
    AlreadyMastered,
    NoSuchSong,
    NothingToApprove,
    NotReadyFor,
    StaleApproval,
    UnknownStage,
)
from audio_pipeline.stages import PIPELINE
from audio_pipeline.tables import artifact_table, stage_run_table
from opencall.kernel.facts import Fact
from opencall.kernel.principal import Grant, NotAllowed, Principal, Role
from opencall.kernel.unit_of_work import Work
from tests.audio_pipeline.conftest import Order
from tests.audio_pipeline.tiny import MASTER, NORMALISE, RENDER, TINY

ENGINEER = Principal(user_id="e", name="Eva", grants=frozenset({Grant(Role.ENGINEER)}))
CURATOR = Principal(user_id="c", name="Cem", grants=frozenset({Grant(Role.CURATOR)}))

Finish = Callable[..., tuple[str, ...]]


@pytest.fixture
def finish(work: Work) -> Finish:
    """Finish the current run of a stage as a worker would; returns the parts that it had to make."""

    def finish(stage: str, pipeline: Pipeline = TINY, **content: str) -> tuple[str, ...]:
        with work.write() as uow:
            row = orders.current_run(uow, "s", stage)
            assert row is not None, f"{stage} was not ordered"
            claim = runs.claim(uow, pipeline, row.id, "w")
            assert claim is not None, f"{stage} is {row.state}"
        kinds = {"normalise": {"stem": "a", "scene": "b"}, "render": {"render": "c"}, "master": {"master": "d"}}[stage]
        artifacts = tuple(
            Artifact(kind=kind, name=f"{kind} {part}", sha256=content.get(kind, digit) * 64, bytes=1, part=part)
            for part in claim.missing
            for kind, digit in kinds.items()
        )
        with work.write() as uow:
            orders.finish(uow, pipeline, claim, artifacts)
        return claim.missing

    return finish


@pytest.fixture
def order(work: Work, order_song: Order) -> Callable[..., str]:
    def order(pipeline: Pipeline = TINY, **settings: object) -> str:
        with work.write() as uow:
            return order_song(uow, pipeline, **settings)

    return order


def states(work: Work) -> dict[str, str]:
    with work.read() as uow:
        return {stage.stage: stage.state for stage in song_progress(uow, "s", TINY)}


def how_many_runs(work: Work) -> int:
    with work.read() as uow:
        return len(uow.connection.execute(select(stage_run_table)).all())


def test_an_unchanged_input_runs_nothing(work: Work, order: Callable[..., str], finish: Finish) -> None:
    first = order()
    finish("normalise")
    finish("render")
    assert order() == first
    assert states(work) == {"normalise": "done", "render": "done"}
    assert how_many_runs(work) == 2
    with work.read() as uow:
        assert runs.due(uow) == []


def test_an_unchanged_input_is_announced_again(order: Callable[..., str], finish: Finish, recorded: list[Fact]) -> None:
    order()
    finish("normalise")
    finish("render")
    order()
    assert isinstance(recorded[0], RenderFinished)
    assert len(recorded) > 1
    assert all(fact == recorded[0] for fact in recorded)


def test_only_layouts_that_are_missing_are_rendered(work: Work, order: Callable[..., str], finish: Finish) -> None:
    order(layouts=["0+2+0", "4+7+0"])
    finish("normalise")
    assert finish("render") == ("0+2+0", "4+7+0")
    order(layouts=["4+7+0", "5+5+3"])
    assert finish("render") == ("5+5+3",)
    with work.read() as uow:
        assert [item.part for item in song_artifacts(uow, "s", "render", TINY)] == ["4+7+0", "5+5+3"]
    order(layouts=["5+5+3", "0+2+0"])
    assert states(work) == {"normalise": "done", "render": "done"}  # each was made by another run


def test_another_input_cancels_what_worked_on_the_old_one(
    work: Work, order: Callable[..., str], finish: Finish
) -> None:
    order()
    finish("normalise")
    order(stem=b"louder drums")
    assert states(work) == {"normalise": "queued"}
    finish("normalise", stem="e")
    assert states(work) == {"normalise": "done", "render": "queued"}
    assert how_many_runs(work) == 4
    with work.read() as uow:
        cancelled = select(stage_run_table.c.stage).where(stage_run_table.c.state == "cancelled")
        assert uow.connection.scalars(cancelled).all() == ["render"]


def test_an_input_that_comes_back_finds_its_results(work: Work, order: Callable[..., str], finish: Finish) -> None:
    order()
    finish("normalise")
    finish("render")
    order(stem=b"louder drums")
    order(stem=b"drums")
    assert states(work) == {"normalise": "done", "render": "done"}


def test_a_run_of_an_older_input_orders_nothing_when_it_ends(work: Work, order: Callable[..., str]) -> None:
    old = order()
    with work.write() as uow:
        claim = runs.claim(uow, TINY, old, "w")
    assert claim is not None
    order(stem=b"louder drums")
    with work.write() as uow:
        orders.finish(uow, TINY, claim, ())
    assert states(work) == {"normalise": "queued"}
    with work.read() as uow:
        assert uow.connection.execute(select(artifact_table)).all() == []


@given(change=st.sampled_from(["version", "param", "content", "name", "part"]))
def test_the_input_hash_covers_whatever_the_outcome_depends_on(change: str) -> None:
    file = InputFile(origin="normalise", kind="stem", name="a.wav", sha256="a" * 64, bytes=1)
    inputs = Inputs(files=(file,), params={"hrtf": None}, parts=("0+2+0",))
    changed_file = {
        "content": InputFile(origin="normalise", kind="stem", name="a.wav", sha256="b" * 64, bytes=1),
        "name": InputFile(origin="normalise", kind="stem", name="b.wav", sha256="a" * 64, bytes=1),
    }.get(change, file)
    other = Inputs(
        files=(changed_file,),
        params={"hrtf": "kemar" if change == "param" else None},
        parts=("4+7+0",) if change == "part" else ("0+2+0",),
    )
    stage = replace(RENDER, version="2") if change == "version" else RENDER
    assert stage.input_hash(other) != RENDER.input_hash(inputs)


def test_the_input_hash_ignores_the_order_of_settings_and_what_was_measured() -> None:
    def inputs(params: dict[str, object], peak: float) -> Inputs:
        details = {"true_peak_dbtp": peak}
        file = InputFile(origin="render", kind="render", name="a", sha256="a" * 64, bytes=1, details=details)
        return Inputs(files=(file,), params=params)

    one, other = inputs({"a": 1, "b": 2}, -1.0), inputs({"b": 2, "a": 1}, -1.0000001)
    assert MASTER.input_hash(one) == MASTER.input_hash(other)


def test_the_master_waits_for_both_to_approve_the_same_render(
    work: Work, order: Callable[..., str], finish: Finish, recorded: list[Fact]
) -> None:
    order()
    with pytest.raises(NothingToApprove), work.write(ENGINEER) as uow:
        approve(uow, ENGINEER, "s", "f" * 64, TINY)
    finish("normalise")
    finish("render")
    with work.read() as uow:
        approval = current_approval(uow, "s")
    assert approval is not None
    with pytest.raises(NotAllowed), work.write(CURATOR) as uow:
        approve(uow, CURATOR, "s", approval, TINY)
    with pytest.raises(StaleApproval, match="listen to that one"), work.write() as uow:
        artist_approved(uow, "s", "f" * 64, TINY)

    with work.write(ENGINEER) as uow:
        approve(uow, ENGINEER, "s", approval, TINY)
    assert recorded[-1] == MasterApproved(song_id="s", approval_sha256=approval, by="e")
    assert "master" not in states(work)
    with work.write() as uow:
        sent_back(uow, "s", "More room, please.")
    with work.write() as uow:
        artist_approved(uow, "s", approval, TINY)
    finish("master")
    assert isinstance(recorded[-1], MastersFinished)


def test_an_artist_who_takes_a_yes_back_has_not_approved(work: Work, order: Callable[..., str], finish: Finish) -> None:
    order()
    finish("normalise")
    finish("render")
    with work.write(ENGINEER) as uow:
        approval = current_approval(uow, "s")
        assert approval is not None
        artist_approved(uow, "s", approval, TINY)
        sent_back(uow, "s", "Wait.")
        approve(uow, ENGINEER, "s", approval, TINY)
    assert "master" not in states(work)


def test_a_song_that_is_sent_back_stops_its_master_and_a_second_yes_makes_it(
    work: Work, order: Callable[..., str], finish: Finish
) -> None:
    order()
    finish("normalise")
    finish("render")
    with work.write(ENGINEER) as uow:
        approval = current_approval(uow, "s")
        assert approval is not None
        approve(uow, ENGINEER, "s", approval, TINY)
        artist_approved(uow, "s", approval, TINY)
    assert states(work)["master"] == "queued"
    with work.write() as uow:
        sent_back(uow, "s", "Wait.")
    assert states(work)["master"] == "cancelled"
    with work.write() as uow:
        artist_approved(uow, "s", approval, TINY)
    finish("master")
    assert states(work)["master"] == "done"


def test_masters_that_are_made_keep_their_scene(work: Work, order: Callable[..., str], finish: Finish) -> None:
    order()
    finish("normalise")
    finish("render")
    with work.write(ENGINEER) as uow:
        approval = current_approval(uow, "s")
        assert approval is not None
        approve(uow, ENGINEER, "s", approval, TINY)
        artist_approved(uow, "s", approval, TINY)
    finish("master")
    with pytest.raises(AlreadyMastered), work.write(ENGINEER) as uow:
        use_scene(uow, ENGINEER, "s", "f" * 64, TINY)
    assert states(work) == {"normalise": "done", "render": "done", "master": "done"}


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.MANAGER])
def test_a_failed_run_waits_for_a_person_who_may_queue_it_again(
    work: Work, order: Callable[..., str], role: Role
) -> None:
    run_id = order()
    with work.write() as uow:
        claim = runs.claim(uow, TINY, run_id, "w")
        assert claim is not None
        assert stuck_runs(uow) == ()
        runs.fail(uow, claim, "The disk is full.")
    assert order() == run_id  # asking for the song again is not looking at its run
    assert states(work) == {"normalise": "failed"}
    with work.read() as uow:
        assert [(stuck.run_id, stuck.error) for stuck in stuck_runs(uow)] == [(run_id, "The disk is full.")]

    with pytest.raises(NotAllowed), work.write(CURATOR) as uow:
        run_again(uow, CURATOR, run_id)
    person = Principal(user_id="p", name="Pia", grants=frozenset({Grant(role)}))
    with work.write(person) as uow:
        run_again(uow, person, run_id)
        assert stuck_runs(uow) == ()
    assert states(work) == {"normalise": "queued"}


def test_a_new_scene_voids_approvals_and_more_layouts_do_not(
    work: Work, order: Callable[..., str], finish: Finish
) -> None:
    order(layouts=["0+2+0"])
    finish("normalise")
    finish("render")
    with work.write(ENGINEER) as uow:
        approval = current_approval(uow, "s")
        assert approval is not None
        artist_approved(uow, "s", approval, TINY)
        approve(uow, ENGINEER, "s", approval, TINY)
    finish("master")

    order(layouts=["0+2+0", "4+7+0"])
    finish("render")
    assert states(work)["master"] == "queued"  # approved already: the new file only has to be made
    finish("master")
    order(title="Gloria", layouts=["0+2+0", "4+7+0"])
    finish("normalise", scene="e")
    finish("render")
    assert "master" not in states(work)


def test_an_event_stream_can_be_resumed_at_any_event(work: Work, order: Callable[..., str], finish: Finish) -> None:
    order()
    finish("normalise")
    with work.read() as uow:
        everything = progress_after(uow, 0)
        for place, event in enumerate(everything):
            assert progress_after(uow, event.seq, "s") == everything[place + 1 :]
    assert [(event.stage, event.state) for event in everything] == [
        ("normalise", "queued"),
        ("normalise", "running"),
        ("normalise", "done"),
        ("render", "queued"),
    ]


def test_what_is_unknown_or_not_ready_is_refused_by_name(work: Work, order: Callable[..., str]) -> None:
    with pytest.raises(NoSuchSong), work.write() as uow:
        orders.order(uow, TINY, "nobody", "normalise")
    order()
    with pytest.raises(NotReadyFor, match="normalise is not done"), work.write() as uow:
        orders.order(uow, TINY, "s", "render")
    with pytest.raises(UnknownStage, match="normalise, render, master"), work.write() as uow:
        orders.order(uow, TINY, "s", "mix")


def test_a_pipeline_that_cannot_run_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="before a stage that it needs"):
        Pipeline((RENDER, NORMALISE))
    with pytest.raises(ValueError, match="stands beside"):
        Pipeline((replace(NORMALISE, beside=("render",)), RENDER))
    with pytest.raises(ValueError, match="twice"):
        Pipeline((NORMALISE, NORMALISE))
    with pytest.raises(ValueError, match="is heavy"):
        Stage(name="x", version="1", queue=Queue.CPU, function="m:f", heavy=False, time_limit_s=60)


def test_every_stage_of_the_house_has_its_function() -> None:
    for stage in PIPELINE:
        module = stage.function.partition(":")[0]
        assert (Path(__file__).parents[2] / f"{module.replace('.', '/')}.py").is_file()


def test_what_an_earlier_version_of_a_stage_made_is_still_there(work: Work, order_song: Order) -> None:
    with work.write() as uow:
        first = order_song(uow)
        claim = runs.claim(uow, TINY, first, "a worker")
        assert claim is not None
        stem = Artifact(kind="stem", name="drums.wav", sha256="d" * 64, bytes=5)
        orders.finish(uow, TINY, claim, (stem,))
    later = Pipeline((replace(TINY["normalise"], version="2"), TINY["render"], TINY["master"]))
    with work.read() as uow:
        assert song_artifacts(uow, "s", "normalise", later) == (stem,)
        assert [file.sha256 for file in orders.gather(uow, later, "s", later["render"]).files] == ["d" * 64]


def test_a_render_of_an_earlier_version_is_shown_and_its_approval_counts(
    work: Work, order: Callable[..., str], finish: Finish
) -> None:
    order()
    finish("normalise")
    finish("render")
    later = Pipeline((TINY["normalise"], replace(TINY["render"], version="2"), TINY["master"]))
    with work.read() as uow:
        approval = current_approval(uow, "s")
        renders = song_artifacts(uow, "s", "render", TINY)
        assert len(renders) > 1
        assert song_artifacts(uow, "s", "render", later) == renders
    assert approval is not None
    with work.write(ENGINEER) as uow:
        approve(uow, ENGINEER, "s", approval, later)
        artist_approved(uow, "s", approval, later)
    assert states(work)["master"] == "queued"


def test_what_was_ordered_before_a_new_version_is_found_when_it_is_done_after(
    work: Work, order: Callable[..., str], finish: Finish
) -> None:
    order()
    finish("normalise")
    later = Pipeline((TINY["normalise"], replace(TINY["render"], version="2"), TINY["master"]))
    parts = finish("render", later)
    with work.read() as uow:
        assert tuple(one.part for one in song_artifacts(uow, "s", "render", later)) == parts
    assert len(parts) > 1
