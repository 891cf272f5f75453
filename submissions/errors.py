"""What this room refuses: one class a refusal, each with its facts and with what to do next."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from opencall.kernel.errors import Kind, OpencallError
from submissions.spoken_time import spoken
from submissions.states import CallEvent, CallState, OfferEvent, OfferState, SongEvent, SongState


class NoSuchCall(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        super().__init__(f"There is no call {call_id}; check the address, or look in the list of open calls.")


class NoSuchSong(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__(f"There is no song {song_id} here; check the address.")


class NoSuchOffer(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, offer_id: str) -> None:
        self.offer_id = offer_id
        super().__init__(f"There is no offer {offer_id}; open your songs to see the offers that you have.")


class NoSuchFile(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, file_id: str) -> None:
        self.file_id = file_id
        super().__init__(f"This song has no file {file_id}; reload the page to see the files that it has.")


class NoSuchContributor(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, contributor_id: str) -> None:
        self.contributor_id = contributor_id
        super().__init__(
            f"No contributor {contributor_id} of this song has your address; sign in with the one that the artist used."
        )


# Moves


class CallCannot(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, call_id: str, state: CallState, event: CallEvent) -> None:
        self.call_id, self.state, self.event = call_id, state, event
        super().__init__(f"The call is {state}, so this step ({event}) is not possible; reload it to see what is next.")


class SongCannot(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str, state: SongState, event: SongEvent) -> None:
        self.song_id, self.state, self.event = song_id, state, event
        words, step = state.replace("_", " "), event.replace("_", " ")
        super().__init__(f"The song is {words}, so this step ({step}) is not possible; reload it to see what is next.")


class OfferCannot(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, offer_id: str, state: OfferState, event: OfferEvent) -> None:
        self.offer_id, self.state, self.event = offer_id, state, event
        super().__init__(f"The offer is {state} already and cannot {event}; write to the programme if that is wrong.")


class ChangedMeanwhile(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, what: str, identifier: str) -> None:
        self.what, self.identifier = what, identifier
        super().__init__(f"Somebody changed this {what} at the same moment; nothing was lost, reload it and try again.")


# Calls


class UnknownTimezone(OpencallError):
    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        super().__init__(f"{timezone!r} is no timezone; choose one of the IANA list, for instance Europe/Berlin.")


class NoSuchLocalTime(OpencallError):
    def __init__(self, local: datetime, timezone: str) -> None:
        self.local, self.timezone = local, timezone
        super().__init__(
            f"{local:%Y-%m-%d %H:%M} does not exist in {timezone}, where the clocks skip it; choose another time."
        )


class CallTermsWrong(OpencallError):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"The call cannot be kept like this: {reason} Change {field.replace('_', ' ')}.")


class DeadlineNotReached(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, call_id: str, closes_at: datetime, timezone: str) -> None:
        self.call_id, self.closes_at = call_id, closes_at
        super().__init__(f"Artists were promised time until {spoken(closes_at, timezone)}; close the call after that.")


class DeadlinePast(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, call_id: str, closes_at: datetime, timezone: str) -> None:
        self.call_id, self.closes_at = call_id, closes_at
        super().__init__(
            f"The call closed on {spoken(closes_at, timezone)}; what was submitted by then counts. "
            "Keep the rest for the next call."
        )


class NotOpenYet(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, call_id: str, opens_at: datetime, timezone: str) -> None:
        self.call_id, self.opens_at = call_id, opens_at
        super().__init__(f"The call opens on {spoken(opens_at, timezone)}; come back then.")


# What a song still needs before it can be submitted


class TitleMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("The song needs a title and the name of its artist; write both under Song.")


class StoryMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("The story is missing; write under Story where the song comes from.")


class MixMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("The mix is missing; upload one under Files.")


class StemsMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("This call asks for stems, and there are none; upload at least one under Files.")


class AnswersMissing(OpencallError):
    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"These questions have no answer yet: {', '.join(keys)}; answer them under Rights.")


class NotEligible(OpencallError):
    def __init__(self, key: str, text: str) -> None:
        self.key, self.text = key, text
        super().__init__(f"By your answer to “{text}” this call cannot take the song; correct it if it is not so.")


class AiDeclarationMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("Say under Rights whether AI made any part of the song, and which one.")


class SplitsMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("Nobody is named under People and shares yet; name everybody who made the song.")


class SplitsNotWhole(OpencallError):
    def __init__(self, basis_points: int) -> None:
        self.basis_points = basis_points
        super().__init__(
            f"The shares sum to {basis_points / 100:.2f} %, not to 100.00 %; correct them under People and shares."
        )


class ConsentsMissing(OpencallError):
    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"These consents are missing: {', '.join(keys)}; read and give them under Rights.")


class ReportMissing(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__("Nobody has listened to these files yet; ask for the listening report under Files.")


class ReportPending(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__("The listening report on these files is being made; it takes minutes. Submit once it is here.")


class ReportRejects(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__("The listening report found files that cannot be used; it says which. Replace or remove them.")


class NoReportAsked(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str, files_sha256: str) -> None:
        self.song_id, self.files_sha256 = song_id, files_sha256
        super().__init__(f"No report was asked for on the files {files_sha256} of song {song_id}; request it first.")


class TooManySongs(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"The call takes {allowed} from each artist; withdraw another one to send this.")


# Words and people


class PersonWrong(OpencallError):
    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"The entry of {name or 'an unnamed person'} cannot be kept: {reason}.")


class PictureWrong(OpencallError):
    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The picture cannot be kept: {reason}.")


class NoPicture(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__("The story of this song has no picture; add one under Story.")


class UnknownConsent(OpencallError):
    def __init__(self, key: str, version: str) -> None:
        self.key, self.version = key, version
        super().__init__(f"The call has no text {key} in version {version}; reload the page to read the present one.")


class UnknownQuestion(OpencallError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The call asks no question {key}; reload the page to see its questions.")


class AnswerWrong(OpencallError):
    def __init__(self, key: str, wanted: str) -> None:
        self.key, self.wanted = key, wanted
        super().__init__(f"The question {key} wants {wanted}; answer it again.")


class TextUnreadable(OpencallError):
    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"The {field} holds a character that cannot be stored; type it again rather than pasting it.")


class TextTooLong(OpencallError):
    def __init__(self, field: str, longest: int) -> None:
        self.field, self.longest = field, longest
        super().__init__(f"The {field} has up to {longest:,} characters; shorten it.")


# Files


class FileNameWrong(OpencallError):
    def __init__(self, characters: int, longest: int) -> None:
        self.characters, self.longest = characters, longest
        super().__init__(f"A file name has 1 to {longest} characters, this one {characters}; rename the file.")


class FileSizeWrong(OpencallError):
    def __init__(self, announced_bytes: int, largest_bytes: int) -> None:
        self.announced_bytes, self.largest_bytes = announced_bytes, largest_bytes
        super().__init__(
            f"A file may have 1 to {largest_bytes} bytes, this one has {announced_bytes}; export it as 24-bit FLAC."
        )


class SongTooLarge(OpencallError):
    def __init__(self, total_bytes: int, limit_bytes: int) -> None:
        self.total_bytes, self.limit_bytes = total_bytes, limit_bytes
        super().__init__(
            f"With this file the song would have {total_bytes} bytes; the call allows {limit_bytes}. Remove one first."
        )


class ArtistRoomFull(OpencallError):
    def __init__(self, total_bytes: int, limit_bytes: int) -> None:
        self.total_bytes, self.limit_bytes = total_bytes, limit_bytes
        super().__init__(
            f"With this file your songs in this call would have {total_bytes} bytes, withdrawn ones included; the call "
            f"allows {limit_bytes}. Remove a file first."
        )


class CallRoomFull(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, file_bytes: int, limit_bytes: int) -> None:
        self.file_bytes, self.limit_bytes = file_bytes, limit_bytes
        super().__init__(
            f"The call has room for {limit_bytes} bytes, and this file of {file_bytes} does not fit in what is left; "
            "write to the programme, which can make room."
        )


class KeyWrong(OpencallError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"A key has 1 to 64 letters, digits or hyphens, not {key[:80]!r}; make another one.")


class KeyTaken(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The key {key!r} was used for another file of this song; announce this one with a new key.")


class TooManyFiles(OpencallError):
    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"A song may have {allowed} files, uploads under way included; remove one first.")


class FileNameTaken(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The song has a stem named {name} already; replace that one, or give this one its own name.")


class MixTaken(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The song has a mix already, {name}; replace it, or upload this file as a stem.")


class UploadTooLong(OpencallError):
    def __init__(self, announced_bytes: int) -> None:
        self.announced_bytes = announced_bytes
        super().__init__(
            f"This piece goes beyond the {announced_bytes} bytes that were announced, and does not count; ask for the "
            "offset (HEAD) and send the rest, or announce the file with its right length."
        )


class UploadIncomplete(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, received_bytes: int, announced_bytes: int) -> None:
        self.received_bytes, self.announced_bytes = received_bytes, announced_bytes
        super().__init__(
            f"{received_bytes} of {announced_bytes} bytes have arrived; choose the same file again, it goes on there."
        )


class OffsetWrong(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, offset_bytes: int, received_bytes: int) -> None:
        self.offset_bytes, self.received_bytes = offset_bytes, received_bytes
        super().__init__(f"This piece begins at byte {offset_bytes}, but {received_bytes} have arrived; go on there.")


class UploadBusy(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, upload_id: str) -> None:
        self.upload_id = upload_id
        super().__init__("Another connection is sending this file right now; wait for it, or close it there.")


class UploadUsed(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, upload_id: str) -> None:
        self.upload_id = upload_id
        super().__init__("This upload was finished with other bytes; begin a new one to replace the file.")


class PieceDamaged(OpencallError):
    def __init__(self, offset_bytes: int, algorithm: str, expected: str, actual: str) -> None:
        self.offset_bytes, self.algorithm, self.expected, self.actual = offset_bytes, algorithm, expected, actual
        super().__init__(
            f"This piece has the {algorithm} {actual}, not {expected}: it was damaged on its way, and its "
            f"bytes do not count. Send it again from byte {offset_bytes}."
        )


class UploadGone(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, upload_id: str) -> None:
        self.upload_id = upload_id
        super().__init__("This upload has ended, and the file that it was is not in the song; choose the file again.")


class HashWrong(OpencallError):
    def __init__(self, announced: str) -> None:
        self.announced = announced
        super().__init__(
            f"A SHA-256 is 64 hexadecimal digits, not {announced[:80]!r}; announce it so, or leave it out."
        )


class NoSpace(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, needed_bytes: int, free_bytes: int) -> None:
        self.needed_bytes, self.free_bytes = needed_bytes, free_bytes
        super().__init__(
            f"The disk has {free_bytes} bytes free and the file needs {needed_bytes} more. What has arrived is kept; "
            "go on later, the programme has to make room."
        )


# Review


class NotAssigned(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        super().__init__("You are not among the curators of this call; ask its manager to assign you.")


class OwnSong(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__("You are part of this song, so others judge it; go on with the next one.")


class ScoresMissing(OpencallError):
    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"These questions have neither score nor abstention: {', '.join(keys)}; answer each of them.")


class ScoreWrong(OpencallError):
    def __init__(self, key: str, score: int, lowest: int, highest: int) -> None:
        self.key, self.score = key, score
        super().__init__(f"{key} is scored from {lowest} to {highest}, not {score}; choose a score on the scale.")


class UnknownCategory(OpencallError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The rubric has no {key}; reload the page to see its questions.")


class NothingScored(OpencallError):
    def __init__(self) -> None:
        super().__init__("Every question was left out; score at least one, or abstain from the song and say why.")


class ReasonMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("An abstention needs a reason; one sentence for the manager is enough.")


class AlreadyReviewed(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__("You have sent your review of this song, and it counts; go on with the next one.")


class NotHeardEnough(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, heard: float, needed: float) -> None:
        self.heard, self.needed = heard, needed
        super().__init__(
            f"You have heard {heard:.0%} of this song, and a score counts from {needed:.0%}; play what you have "
            "missed. Your scores are kept."
        )


class NotAmongCurators(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, call_id: str, curator_id: str) -> None:
        self.call_id, self.curator_id = call_id, curator_id
        super().__init__("This person is not among the curators of the call; reload the page to see who is.")


class NothingToRemind(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, curator_id: str) -> None:
        self.curator_id = curator_id
        super().__init__("This curator has heard every song, so there is nothing to remind them of.")


class SongNotSent(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__("This song was not submitted, so it is its artist's alone; it appears here once it is sent.")


class RangesWrong(OpencallError):
    def __init__(self) -> None:
        super().__init__("What was heard is a list of pairs of seconds, each inside the song and the second later.")


# Selection


class DecisionsMissing(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_ids: Sequence[str]) -> None:
        self.song_ids = tuple(song_ids)
        super().__init__(f"{len(song_ids)} songs have no outcome yet; decide all of them, everybody hears at once.")


class WordMissing(OpencallError):
    def __init__(self, song_ids: Sequence[str]) -> None:
        self.song_ids = tuple(song_ids)
        super().__init__(f"{len(song_ids)} declined songs have no written word; nobody is sent away without one.")


class OverBudget(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, needed_minor: int, budget_minor: int, currency: str) -> None:
        self.needed_minor, self.budget_minor, self.currency = needed_minor, budget_minor, currency
        super().__init__(
            f"The offers need {needed_minor} and the call has {budget_minor} minor units of {currency}; offer fewer."
        )


class QuotaNotMet(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, quota: str, offered: int, wanted: str) -> None:
        self.quota, self.offered, self.wanted = quota, offered, wanted
        super().__init__(f"The quota {quota} wants {wanted}, and the selection has {offered}; change the selection.")


class LotteryNeeded(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_ids: Sequence[str]) -> None:
        self.song_ids = tuple(song_ids)
        super().__init__(f"{len(song_ids)} songs at the line have equal scores; draw the public lottery first.")


class LotteryDrawnAlready(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, call_id: str, seed: str) -> None:
        self.call_id, self.seed = call_id, seed
        super().__init__(f"The lottery of this call was drawn with the seed {seed!r}; it is drawn once.")


class PlacesWrong(OpencallError):
    def __init__(self, offers: int, waiting: int) -> None:
        self.offers, self.waiting = offers, waiting
        super().__init__("Offers and places on the waiting list are numbers from zero up; type two of those.")


class NoneChosen(OpencallError):
    def __init__(self) -> None:
        super().__init__("No song is marked; mark the songs that this is for, then press the button again.")


class SeedMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("The lottery needs a seed that nobody could choose, for instance the figure of a public draw.")


# Offers


class OfferLapsed(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, offer_id: str, expires_at: datetime, timezone: str) -> None:
        self.offer_id, self.expires_at = offer_id, expires_at
        super().__init__(
            f"The offer could be answered until {spoken(expires_at, timezone)}; the next song has the place now. "
            "Write to the programme if something kept you."
        )


class LicenceDiffers(OpencallError):
    def __init__(self, accepted: str, offered: str) -> None:
        self.accepted, self.offered = accepted, offered
        super().__init__(f"The offer is under licence {offered}, not {accepted}; read that one and accept again.")


class SplitsUnconfirmed(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"Not everybody has confirmed their share: {', '.join(names)}; remind them, then accept.")


class RemindedAlready(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} has had our letter within the last day; call them, or remind them again tomorrow.")


class ShareDiffers(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, confirmed: int, present: int) -> None:
        self.confirmed, self.present = confirmed, present
        super().__init__(
            f"Your share is {present / 100:.2f} %, not {confirmed / 100:.2f} %; look at it again before you confirm."
        )


class PayeeMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("Say where your share is to be paid: add an account first.")


class CommentMissing(OpencallError):
    def __init__(self) -> None:
        super().__init__("Say what should change; the engineer works from your words.")


# Production and publication


class ApprovalDiffers(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, approved: str | None, present: str | None) -> None:
        self.approved, self.present = approved, present
        super().__init__("The artist has not approved the render as it is now; it must be heard and approved first.")


class TakeDownUnexplained(OpencallError):
    def __init__(self) -> None:
        super().__init__("Say why the song is to be taken down; one sentence is enough, and it is kept.")


class NotPublic(OpencallError):
    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, slug: str, sentence: str | None = None) -> None:
        self.slug = slug
        super().__init__(sentence or f"No published song is called {slug}; look for it in the gallery.")


class WasTakenDown(NotPublic):
    """A song was published at that address, and is no more."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug, "The song that was here was taken down; its sound and its story are public no longer.")


class SlugWrong(OpencallError):
    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"{slug!r} cannot be an address; use lower-case letters, digits and hyphens.")


class SlugTaken(OpencallError):
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"Another song is at {slug}; choose another address.")
