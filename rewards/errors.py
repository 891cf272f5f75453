"""Refusals of the rewards room: one class each, built from the facts of the case.

What a bank file is refused for stands in `rewards.rails.errors`.
"""

from datetime import datetime
from typing import ClassVar

from opencall.kernel.errors import Kind, OpencallError


class RewardsError(OpencallError):
    """Base of the room's refusals."""


# Money


class CurrencyUnknown(RewardsError):
    """Not a currency of ISO 4217."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        super().__init__(f"{currency!r} is not a currency of ISO 4217; write its three capitals, for instance EUR.")


class CurrencyWithoutMinorUnit(RewardsError):
    """A code of ISO 4217 that has no minor unit, such as gold."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        super().__init__(
            f"{currency} has no minor unit in ISO 4217 and cannot be paid out; choose a currency of money."
        )


class AmountNotUnderstood(RewardsError):
    """Text that is not a plain decimal."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not an amount; write digits and at most one point, for instance 1234.50.")


class AmountAmbiguous(RewardsError):
    """Text that one person reads as thousands and another one as decimals."""

    def __init__(self, text: str, currency: str, clear: str) -> None:
        self.text, self.currency, self.clear = text, currency, clear
        super().__init__(
            f"{text!r} may mean thousands or decimals; write {clear} if it is {currency} {clear}, "
            "or else every decimal place."
        )


class FractionTooFine(RewardsError):
    """More decimals than the currency has."""

    def __init__(self, text: str, currency: str, exponent: int) -> None:
        self.text, self.currency, self.exponent = text, currency, exponent
        super().__init__(f"{currency} has {exponent} decimal places, {text} has more; give an amount that can be paid.")


class NothingToSplitBy(RewardsError):
    """Ratios that cannot divide anything."""

    def __init__(self, ratios: tuple[int, ...]) -> None:
        self.ratios = ratios
        super().__init__(f"An amount cannot be split by {ratios}; give ratios of zero or more, one of them above zero.")


# The ledger


class AccountNotFound(RewardsError):
    """A transfer names an account that nobody opened."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, account: str) -> None:
        self.account = account
        super().__init__(f"There is no account {account}; open it before anything is posted to it.")


class AccountConflict(RewardsError):
    """An account exists, but not as it is being opened."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, account: str) -> None:
        self.account = account
        super().__init__(f"The account {account} exists with another currency or kind; open it under another name.")


class TransferAmountNotPositive(RewardsError):
    """A transfer moves nothing, or backwards."""

    def __init__(self, transfer_id: str, amount_minor: int) -> None:
        self.transfer_id, self.amount_minor = transfer_id, amount_minor
        super().__init__(
            f"Transfer {transfer_id} moves {amount_minor}; move at least 1, and swap the accounts to go back."
        )


class TransferAmountTooLarge(RewardsError):
    """An amount that sums could overflow with."""

    def __init__(self, transfer_id: str, amount_minor: int, limit_minor: int) -> None:
        self.transfer_id, self.amount_minor, self.limit_minor = transfer_id, amount_minor, limit_minor
        super().__init__(f"Transfer {transfer_id} moves {amount_minor}, more than the limit {limit_minor}; divide it.")


class AccountsMustDiffer(RewardsError):
    """A transfer from an account to itself."""

    def __init__(self, transfer_id: str, account: str) -> None:
        self.transfer_id, self.account = transfer_id, account
        super().__init__(f"Transfer {transfer_id} goes from {account} to itself; name two accounts.")


class CurrenciesDiffer(RewardsError):
    """A transfer between accounts of two currencies."""

    def __init__(self, transfer_id: str, giving: str, taking: str) -> None:
        self.transfer_id, self.giving, self.taking = transfer_id, giving, taking
        super().__init__(
            f"Transfer {transfer_id} goes from an account in {giving} to one in {taking}; post one transfer a currency."
        )


class TransferConflict(RewardsError):
    """An identifier that was used for other content comes again."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, transfer_id: str) -> None:
        self.transfer_id = transfer_id
        super().__init__(
            f"Transfer {transfer_id} was posted with other content; a transfer never changes, so post a new one, "
            "and reverse the old one if it was wrong."
        )


class TransferNotFound(RewardsError):
    """No transfer of that identifier."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, transfer_id: str) -> None:
        self.transfer_id = transfer_id
        super().__init__(f"There is no transfer {transfer_id} in the journal; check its identifier.")


class AlreadyReversed(RewardsError):
    """A transfer is taken back a second time, or a reversal is."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, transfer_id: str, reversal_id: str) -> None:
        self.transfer_id, self.reversal_id = transfer_id, reversal_id
        super().__init__(f"Transfer {transfer_id} was reversed by {reversal_id}; post a new transfer instead.")


class Overdrawn(RewardsError):
    """An account would fall below zero."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, transfer_id: str, account: str, balance_minor: int, amount_minor: int) -> None:
        self.transfer_id, self.account = transfer_id, account
        self.balance_minor, self.amount_minor = balance_minor, amount_minor
        super().__init__(
            f"{account} holds {balance_minor}, transfer {transfer_id} takes {amount_minor} from it; "
            "move less, or bring money in first."
        )


# Funds


class FundNotFound(RewardsError):
    """No fund of that identifier."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, fund_id: str) -> None:
        self.fund_id = fund_id
        super().__init__(f"There is no fund {fund_id}; list the funds, or open one.")


class FundConflict(RewardsError):
    """A fund of that identifier exists with other content."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, fund_id: str) -> None:
        self.fund_id = fund_id
        super().__init__(f"Fund {fund_id} exists with another name or currency; use it as it is, or open another fund.")


class FundCurrencyDiffers(RewardsError):
    """Money of another currency than the fund's."""

    def __init__(self, fund_id: str, fund_currency: str, currency: str) -> None:
        self.fund_id, self.fund_currency, self.currency = fund_id, fund_currency, currency
        super().__init__(
            f"Fund {fund_id} is kept in {fund_currency}, not {currency}; open a fund in {currency} for it."
        )


class DonationConflict(RewardsError):
    """A donation reference comes again with another amount or donor."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, fund_id: str, reference: str) -> None:
        self.fund_id, self.reference = fund_id, reference
        super().__init__(
            f"Fund {fund_id} received another donation under the reference {reference!r}; "
            "if this is a new donation, give it a reference of its own."
        )


class DonationNotPositive(RewardsError):
    """A donation of nothing, or less."""

    def __init__(self, amount_minor: int) -> None:
        self.amount_minor = amount_minor
        super().__init__(f"A donation of {amount_minor} minor units is none; give an amount above zero.")


class TextUnfit(RewardsError):
    """A name or reference that is empty or longer than is kept."""

    def __init__(self, field: str, length: int, limit: int) -> None:
        self.field, self.length, self.limit = field, length, limit
        super().__init__(f"The {field} has {length} characters; give it 1 to {limit}.")


class BudgetNegative(RewardsError):
    """A budget or a reward below zero."""

    def __init__(self, amount_minor: int) -> None:
        self.amount_minor = amount_minor
        super().__init__(f"{amount_minor} minor units cannot be set aside; give zero or more.")


class FundTooSmall(RewardsError):
    """A call wants more than the fund has free."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, fund_id: str, available_minor: int, amount_minor: int) -> None:
        self.fund_id, self.available_minor, self.amount_minor = fund_id, available_minor, amount_minor
        super().__init__(
            f"Fund {fund_id} has {available_minor} minor units free, {amount_minor} are wanted; "
            "allocate less, or record a donation first."
        )


class CallHasAnotherFund(RewardsError):
    """A call is paid from one fund only."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, call_id: str, fund_id: str, other_fund_id: str) -> None:
        self.call_id, self.fund_id, self.other_fund_id = call_id, fund_id, other_fund_id
        super().__init__(f"Call {call_id} is paid from fund {fund_id}, not {other_fund_id}; allocate from {fund_id}.")


class CallWithoutFund(RewardsError):
    """Nothing was ever allocated to a call."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        super().__init__(f"Call {call_id} has no budget; allocate one from a fund first.")


class DebtorMissing(RewardsError):
    """A fund has no account to pay from."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, fund_id: str) -> None:
        self.fund_id = fund_id
        super().__init__(f"Fund {fund_id} has no account to pay from; set its debtor account first.")


# Obligations


class BudgetTooSmall(RewardsError):
    """A reward wants more than the call's budget has left."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, call_id: str, left_minor: int, amount_minor: int) -> None:
        self.call_id, self.left_minor, self.amount_minor = call_id, left_minor, amount_minor
        super().__init__(
            f"Call {call_id} has {left_minor} minor units left, a reward of {amount_minor} does not fit; "
            "allocate more to the call first."
        )


class SharesNotWhole(RewardsError):
    """Shares that do not sum to the whole."""

    def __init__(self, reference: str, basis_points: int) -> None:
        self.reference, self.basis_points = reference, basis_points
        super().__init__(f"The shares of {reference} sum to {basis_points} basis points; they must sum to 10000.")


class RewardConflict(RewardsError):
    """A reference is encumbered again with other content."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(
            f"The reward of {reference} was promised with another amount or other shares; cancel it before a new one."
        )


class RewardNotFound(RewardsError):
    """Nothing was promised for a reference."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"No reward was promised for {reference}; encumber it first.")


class MoveNotAllowed(RewardsError):
    """The table of moves has no such move."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, state: str, event: str) -> None:
        self.state, self.event = state, event
        super().__init__(
            f"What is {state.replace('_', ' ')} cannot {event.replace('_', ' ')}; reload to see how it stands."
        )


class LostRace(RewardsError):
    """Somebody else moved the object first."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, what: str, identifier: str, state: str) -> None:
        self.what, self.identifier, self.state = what, identifier, state
        super().__init__(f"The {what} {identifier} is no longer {state}; reload and look again.")


# Payees


class PayeeNotFound(RewardsError):
    """No payee of that identifier."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, payee_id: str) -> None:
        self.payee_id = payee_id
        super().__init__(f"There is no payee {payee_id}; ask the person for their payment details first.")


class PayeeOfAnother(RewardsError):
    """An account that the person named is not theirs. Does not tell whether there is such an account."""

    def __init__(self, payee_id: str) -> None:
        self.payee_id = payee_id
        super().__init__("This account is not among yours; choose one of your own, or add it first.")


class VaultKeyWrong(RewardsError):
    """Something was sealed with a key that this installation does not hold."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(f"This was sealed with the key {key_id}, which is not here; restore that key from its backup.")


class SealBroken(RewardsError):
    """Sealed bytes were changed, or moved to another row."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"The sealed details of {what} were altered; restore them from a backup and find out by whom.")


class KeyMalformed(RewardsError):
    """A vault key of the wrong length."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"A vault key has 32 bytes, this one has {length}; restore the key file from its backup.")


# Batches


class NothingToPay(RewardsError):
    """A batch would be empty."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, fund_id: str) -> None:
        self.fund_id = fund_id
        super().__init__(f"Fund {fund_id} has nothing to pay: no obligation is due with an account that may be used.")


class AccountCoolsOff(RewardsError):
    """A changed account may not be paid to yet."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, payee_id: str, usable_from: datetime) -> None:
        self.payee_id, self.usable_from = payee_id, usable_from
        super().__init__(
            f"Payee {payee_id} changed their account; it may be paid to from {usable_from:%Y-%m-%d %H:%M} UTC. "
            "Wait until then, and ask the person by another way if they made the change."
        )


class AccountChanged(RewardsError):
    """A payee's or debtor's account changed after the batch was drafted."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, batch_id: str, whose: str) -> None:
        self.batch_id, self.whose = batch_id, whose
        super().__init__(
            f"The account of {whose} changed after batch {batch_id} was drafted; dissolve it and draft anew."
        )


class BatchNotFound(RewardsError):
    """No batch of that identifier."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, batch_id: str) -> None:
        self.batch_id = batch_id
        super().__init__(f"There is no batch {batch_id}; list the batches, or draft one.")


class MakerMayNotApprove(RewardsError):
    """Whoever made a batch is not one of the two who approve it."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self, batch_id: str) -> None:
        self.batch_id = batch_id
        super().__init__(f"You made batch {batch_id}; two other people with the role finance must approve it.")


class OnlyMakerMayEdit(RewardsError):
    """An approver who could edit would approve their own work."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self, batch_id: str) -> None:
        self.batch_id = batch_id
        super().__init__(f"Only its maker edits batch {batch_id}; ask them, or dissolve it and draft your own.")


class ContentChanged(RewardsError):
    """An approval names content that is not the batch's."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, batch_id: str, approved_sha256: str, content_sha256: str) -> None:
        self.batch_id, self.approved_sha256, self.content_sha256 = batch_id, approved_sha256, content_sha256
        super().__init__(
            f"Batch {batch_id} was edited since you looked: you approve {approved_sha256[:12]}…, "
            f"it is {content_sha256[:12]}… now; look again."
        )


class ApprovalsMissing(RewardsError):
    """Fewer than two people approved what the batch says now."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, batch_id: str, approvals: int, needed: int) -> None:
        self.batch_id, self.approvals, self.needed = batch_id, approvals, needed
        super().__init__(
            f"Batch {batch_id} has {approvals} of {needed} approvals; somebody else must approve it first."
        )


class PaymentNotFound(RewardsError):
    """No payment of that EndToEndId."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, end_to_end_id: str) -> None:
        self.end_to_end_id = end_to_end_id
        super().__init__(f"There is no payment {end_to_end_id}; check the EndToEndId on the bank's statement.")


class RailUnknown(RewardsError):
    """No rail of that name."""

    def __init__(self, rail: str, known: tuple[str, ...]) -> None:
        self.rail, self.known = rail, known
        super().__init__(f"There is no rail {rail!r}; choose one of {', '.join(known)}.")


class TotalDiffers(RewardsError):
    """Whoever approves typed another total than the batch has."""

    def __init__(self, typed: str, total: str) -> None:
        self.typed, self.total = typed, total
        super().__init__(f"You typed {typed}, and the batch is {total}. Look at the list again before you approve it.")


# The bank's answers


class StatementUnreadable(RewardsError):
    """A file that is not a camt.053 statement."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This is not a camt.053 statement ({reason}); download the statement again as camt.053 XML.")


class ReportUnreadable(RewardsError):
    """A file that is not a pain.002 report."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This is not a pain.002 report ({reason}); download the report again as pain.002 XML.")


class ReportOfAnotherFile(RewardsError):
    """A report on a file that was not ours."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"No released batch has the MsgId {message_id}; import the report on one of our files.")


class StatementOfAnotherAccount(RewardsError):
    """A statement of an account that no fund pays from."""

    def __init__(self, statement_id: str) -> None:
        self.statement_id = statement_id
        super().__init__(f"Statement {statement_id} is of an account that no fund pays from; import one of ours.")
