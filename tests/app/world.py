"""A programme with its people signed in, and a song that every stage has worked on: the pages' own world in small.

Rooms do not hear each other here, so that a song may be in any state; what stages made is small and written by hand.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from httpx import Client

from audio_pipeline import orders, production, runs
from audio_pipeline.hearing.files import Outline
from audio_pipeline.hearing.levels import FULL_SCALE, Levels
from audio_pipeline.hearing.peaks import SongPeaks, peaks_of_outline
from audio_pipeline.pipeline import Artifact
from audio_pipeline.production import SongMaterial, Upload
from audio_pipeline.scene.model import Keyframe, Scene, SceneObject, Source
from audio_pipeline.stages import PIPELINE
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Principal, Role
from submissions.rows import files_of
from tests.site import Site
from tests.submissions.conftest import Programme

COPY = b"what a browser plays of the mix" * 40
RENDER_COPY = b"what a browser plays of the render" * 40
COVER = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"/>'
LUFS = {"mix": -14.0, "render": -16.5}
SECONDS = 200
RATE_HZ = 48_000

SCENE = Scene(
    name="Salt",
    sample_rate_hz=RATE_HZ,
    frames=SECONDS * RATE_HZ,
    objects=(
        SceneObject(
            name="voice",
            role="lead_vocal",
            source=Source("stems/voice.wav", (1.0,)),
            keyframes=(Keyframe(azimuth_deg=0),),
        ),
        SceneObject(
            name="fridge",
            role="ambience",
            source=Source("stems/voice.wav", (1.0,)),
            keyframes=(Keyframe(azimuth_deg=-140), Keyframe(azimuth_deg=140, time_samples=RATE_HZ)),
        ),
    ),
)

FIT = {
    "gain_db": -0.5,
    "null_db": -33.7,
    "null_db_as_delivered": -8.1,
    "verdict": "bus_processing",
    "explained": ["From 1:40 to 3:20 the mix is up to 2.0 dB lower than the stems: its bus compresses or limits."],
    "rest": {
        "says": ["From 1:40 to 3:20 the mix is up to 2.0 dB lower than the stems: its bus compresses or limits."],
        "places": [{"start_s": 100.0, "end_s": 200.0}],
        "step_s": 100.0,
        "left_db": [-60, -18],
        "bands": [{"name": "bass", "low_hz": 30.0, "high_hz": 250.0, "left_db": [-60, -16]}],
    },
}


class World:
    """`programme` acts for its people; `client(person)` is that person's browser."""

    def __init__(self, site: Site, programme: Programme, store: FolderStore) -> None:
        self.site, self.programme, self.store = site, programme, store
        self.engineer = site.enrol("Ines", Role.ENGINEER)
        programme.manager = site.enrol("Mara", Role.MANAGER)
        programme.artist = site.enrol("Runa")
        programme.other_artist = site.enrol("Otto")
        programme.stranger = site.enrol("Carla", Role.CURATOR)
        programme.curators = (site.enrol("Cleo", Role.CURATOR),)

    def client(self, person: Principal | None) -> Client:
        return self.site.browser(person)

    def upload(self, content: bytes, name: str) -> Upload:
        stored = self.store.put([content])
        return Upload(name, stored.sha256, stored.bytes)

    def material(self, song_id: str, title: str = "Salt") -> SongMaterial:
        """The very files that the artist sent."""
        with self.site.work.read() as uow:
            mix, *stems = [Upload(file.safe_name, file.sha256, file.bytes) for file in files_of(uow, song_id)]
        return SongMaterial(song_id=song_id, title=title, artist_name="Runa Harbour", mix=mix, stems=tuple(stems))

    def hear(self, song_id: str) -> None:
        """The machine has listened: a copy, a waveform, a cover."""
        material = self.material(song_id)
        with self.site.work.write() as uow:
            production.begin_inspection(uow, song_id, material.mix, material.stems)
        self.finish(song_id, "listen", *self._heard(material.mix.sha256))

    def produce(self, song_id: str, title: str = "Salt", *, until: str = "audition", source: str = "stems") -> None:
        """Stems (or parts of an upmix, where that is their `source`), scene and renders are made."""
        material = self.material(song_id, title)
        fit = {"null_db": None, "verdict": "exact"} if source == "upmix" else FIT
        scene = msgspec.structs.replace(SCENE, source=source)
        with self.site.work.write() as uow:
            production.begin_production(uow, material)
        made: dict[str, Callable[[], tuple[Artifact, ...]]] = {
            "listen": lambda: self._heard(material.mix.sha256),
            "normalise": lambda: (
                self.artifact(b"stem", "stem", "voice.wav"),
                self.artifact(b"{}", "stems_manifest", "manifest.json", source=source, **fit),
            ),
            "compose": lambda: (self.artifact(msgspec.json.encode(scene), "scene", "scene.json", objects=2),),
            "render": lambda: tuple(
                self.artifact(
                    f"render for {layout}".encode(),
                    "render",
                    f"salt.{layout}.wav",
                    part=layout,
                    layout=layout,
                    channels=channels,
                    sample_rate_hz=RATE_HZ,
                    frames=SECONDS * RATE_HZ,
                    overs=0,
                    integrated_lufs=-16.5,
                    true_peak_dbtp=-1.5,
                )
                for layout, channels in (("0+2+0", 2), ("4+7+0", 12), ("5+5+3", 13))
            ),
            "audition": lambda: (
                self.preview(RENDER_COPY, "render", "0+2+0.m4a", layout="0+2+0"),
                self.peaks("b" * 64, "0+2+0.peaks.json", layout="0+2+0"),
            ),
        }
        for stage, make in made.items():
            if stage != "listen" or not self._is_done(song_id, "listen"):
                self.finish(song_id, stage, *make())
            if stage == until:
                return

    def master(self, song_id: str) -> None:
        """Both say yes, and the masters are made."""
        with self.site.work.write(self.engineer) as uow:
            approval = production.current_approval(uow, song_id)
            assert approval is not None
            production.approve(uow, self.engineer, song_id, approval)
            production.artist_approved(uow, song_id, approval)
        checks = [{"profile": "360", "ok": True, "findings": []}]
        self.finish(
            song_id,
            "master",
            self.artifact(b"the master", "adm-360", "salt.adm-360.wav", checks=checks),
            self.artifact(b"{}", "manifest", "manifest.json"),
        )

    def claim(self, song_id: str, stage: str) -> runs.Claim:
        """A worker takes the stage's run."""
        with self.site.work.write() as uow:
            row = orders.current_run(uow, song_id, stage)
            assert row is not None, f"{stage} was not ordered"
            claim = runs.claim(uow, PIPELINE, row.id, "a worker")
        assert claim is not None
        return claim

    def finish(self, song_id: str, stage: str, *artifacts: Artifact) -> None:
        claim = self.claim(song_id, stage)
        with self.site.work.write() as uow:
            orders.finish(uow, PIPELINE, claim, artifacts)

    def fail(self, song_id: str, stage: str, error: str) -> str:
        """The stage says why it cannot go on; returns the run."""
        claim = self.claim(song_id, stage)
        with self.site.work.write() as uow:
            runs.fail(uow, claim, error)
        return claim.run_id

    def artifact(self, content: bytes, kind: str, name: str, part: str = "whole", **details: Any) -> Artifact:
        stored = self.store.put([content])
        return Artifact(kind=kind, name=name, sha256=stored.sha256, bytes=stored.bytes, part=part, details=details)

    def preview(self, content: bytes, of: str, name: str, **details: Any) -> Artifact:
        measured = {"sample_rate_hz": RATE_HZ, "frames": SECONDS * RATE_HZ, "true_peak_dbtp": -1.0}
        return self.artifact(content, "preview", name, integrated_lufs=LUFS[of], **measured, **details)

    def peaks(self, sha256: str, name: str, **details: Any) -> Artifact:
        levels = Levels((FULL_SCALE, 5000), (4000, 2000))
        outline = Outline(sample_rate_hz=RATE_HZ, frames=SECONDS * RATE_HZ, levels=levels)
        document = msgspec.to_builtins(SongPeaks(song=peaks_of_outline(sha256, outline)))
        return self.artifact(msgspec.json.encode(document), "peaks", name, document=document, **details)

    def _heard(self, mix_sha256: str) -> tuple[Artifact, ...]:
        return (
            self.preview(COPY, "mix", "listening-copy.m4a", mix_sha256=mix_sha256),
            self.peaks(mix_sha256, "peaks.json", mix_sha256=mix_sha256),
            self.artifact(COVER, "cover", "cover.svg", mix_sha256=mix_sha256, says="Dots in rows."),
        )

    def _is_done(self, song_id: str, stage: str) -> bool:
        with self.site.work.read() as uow:
            return any(one.stage == stage and one.state == "done" for one in production.song_progress(uow, song_id))
