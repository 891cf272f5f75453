"""`opencall rewards …`: funds, donations, bank files, bank answers, statements, the audit and the books.

Whoever reaches the installation's files acts as its finance office here. Drafting and approving batches is not among
the commands: that needs people who sign in, two of them besides the maker.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from opencall.app.cli.home_option import home_option
from opencall.app.cli.output import emit_json
from opencall.app.house import House, open_house
from opencall.kernel.errors import OpencallError
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.whole_files import write_whole
from rewards import audit as audits
from rewards import bank, bank_files, batches, beancount, funds, statements
from rewards.batches import Batch
from rewards.money import format_amount, read_amount
from rewards.moves import State
from rewards.rails.order import Party

OFFICE = Principal(user_id="command-line", name="Command line", grants=frozenset({Grant(Role.FINANCE)}))

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def rewards() -> None:
    """Money: from the donation to the bank's answer."""


@rewards.command()
@click.argument("name", required=False)
@click.option("--currency", metavar="CCY", help="Currency of a new fund, as EUR.")
@click.option("--id", "fund_id", metavar="FUND", help="Identifier of a new fund, or the fund that --account is for.")
@click.option(
    "--account", metavar="IBAN", help="The account that the fund pays from; with --holder, --town, --country."
)
@click.option("--holder", metavar="NAME", default="", help="Whose account it is.")
@click.option("--town", metavar="TOWN", default="", help="The holder's town.")
@click.option("--country", metavar="CC", default="", help="The holder's country, as DE.")
@home_option
@json_option
def fund(
    name: str | None,
    currency: str | None,
    fund_id: str | None,
    account: str | None,
    holder: str,
    town: str,
    country: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Open the fund NAME, set its account, or list all funds with their totals."""
    if name is not None and currency is None:
        raise click.UsageError("a new fund needs its --currency")
    if account is not None and name is None and fund_id is None:
        raise click.UsageError("say with --id which fund the account is for")
    with opened(home) as house:
        with house.work.write(OFFICE) as uow:
            if name is not None and currency is not None:
                fund_id = funds.open_fund(uow, OFFICE, name, currency, fund_id)
            if account is not None and fund_id is not None:
                details = Party(name=holder, account=account, town=town, country=country)
                funds.set_debtor(uow, OFFICE, house.vault, fund_id, details)
        with house.work.read(OFFICE) as uow:
            totals = audits.all_fund_totals(uow)
            listed = [{"id": each.id, "name": each.name, "totals": totals[each.id]} for each in funds.list_funds(uow)]
    if as_json:
        emit_json({"funds": listed})
        return
    for each_id, each in totals.items():
        amounts = "  ".join(
            f"{label} {format_amount(amount_minor, each.currency)}"
            for label, amount_minor in (("received", each.received), ("allocated", each.allocated), ("paid", each.paid))
        )
        click.echo(f"{each_id}  {each.currency}  {amounts}{'' if each.balanced else '  NOT BALANCED'}")


@rewards.command()
@click.argument("fund_id", metavar="FUND")
@click.argument("amount")
@click.option("--reference", metavar="TEXT", required=True, help="The bank's reference: the same one counts once.")
@home_option
@json_option
def donate(fund_id: str, amount: str, reference: str, home: Path | None, as_json: bool) -> None:
    """Record a donation of AMOUNT (as 125.50) to FUND."""
    with opened(home) as house, house.work.write(OFFICE) as uow:
        currency = funds.read_fund(uow, fund_id).currency
        amount_minor = read_amount(amount, currency)
        donation_id = funds.donate(uow, OFFICE, fund_id, reference, amount_minor, currency)
    if as_json:
        emit_json({"donation": donation_id, "amount_minor": amount_minor, "currency": currency})
    else:
        click.echo(f"{donation_id}  {format_amount(amount_minor, currency)} {currency}")


@rewards.command()
@click.option("-o", "--output", metavar="DIR", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--again", metavar="BATCH", help="Write the file of a released batch once more: the same bytes.")
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
@home_option
@json_option
def batch(output: Path, again: str | None, force: bool, home: Path | None, as_json: bool) -> None:
    """Write a bank file for every approved batch; each is made once."""
    if output.is_dir() and any(output.iterdir()) and not force:
        raise click.UsageError(f"{output} is not empty; choose another folder, or add --force")
    written: list[dict[str, object]] = []
    refused: list[dict[str, str]] = []
    with opened(home) as house:
        for batch_id in _to_release(house) if again is None else [again]:
            try:
                released = _release(house, batch_id, only_known=again is not None)
            except OpencallError as refusal:
                refused.append({"batch": batch_id, "code": refusal.code, "message": str(refusal)})
                continue
            path = output / bank_files.file_name(released)
            _write_file(house, released, path)
            written.append(
                {
                    "batch": batch_id,
                    "path": str(path),
                    "sha256": released.file_sha256,
                    "payments": len(released.content.lines),
                    "total_minor": released.content.total_minor,
                    "currency": released.content.currency,
                    "chain_sha256": released.chain_sha256,
                }
            )
    if as_json:
        emit_json({"written": written, "refused": refused})
    else:
        for each in written:
            click.echo(f"{each['path']}  {each['payments']} payments  sha256 {each['sha256']}")
            click.echo(f"  chain {each['chain_sha256']}")
        for refused_one in refused:
            click.echo(f"{refused_one['batch']}: {refused_one['message']}", err=True)
    if refused:
        raise click.exceptions.Exit(3 if written else 1)


@rewards.command("import")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@home_option
@json_option
def import_answers(paths: tuple[Path, ...], home: Path | None, as_json: bool) -> None:
    """Take in camt.053 statements and pain.002 reports; the same one twice changes nothing.

    Exit 1 if a booking needs a person.
    """
    imported: list[tuple[Path, bank.Imported]] = []
    with opened(home) as house:
        for path in paths:
            try:
                document = path.read_bytes()
            except OSError as unreadable:
                raise click.FileError(str(path), unreadable.strerror or "cannot be read") from None
            with house.work.write(OFFICE) as uow:
                imported.append((path, bank.import_answer(uow, OFFICE, house.vault, document)))
    if as_json:
        emit_json({"statements": [{"path": str(path), "result": result} for path, result in imported]})
    else:
        for path, result in imported:
            click.echo(
                f"{path}: {len(result.settled)} settled, {len(result.returned)} returned, "
                f"{result.already_known} already known, {result.not_ours} not ours"
            )
            for finding in result.findings:
                click.echo(f"  {finding.end_to_end_id} {finding.outcome}: {finding.detail}")
    if any(result.findings for _, result in imported):
        raise click.exceptions.Exit(1)


@rewards.command()
@click.argument("payee_id", metavar="PAYEE")
@home_option
@json_option
def statement(payee_id: str, home: Path | None, as_json: bool) -> None:
    """What PAYEE was promised, is owed and was paid."""
    with opened(home) as house, house.work.read(OFFICE) as uow:
        told = statements.payee_statement(uow, OFFICE, payee_id)
    if as_json:
        emit_json(told)
        return
    for line in told.lines:
        amount = format_amount(line.amount_minor, line.currency)
        click.echo(
            f"{line.changed_at:%Y-%m-%d}  {line.state:<10}  {amount} {line.currency}  {line.end_to_end_id or '-'}"
        )
    for each in told.totals:
        amounts = (each.promised_minor, each.owed_minor, each.paid_minor)
        promised, owed, paid = (format_amount(amount_minor, each.currency) for amount_minor in amounts)
        click.echo(f"{each.currency}: promised {promised}, owed {owed}, paid {paid}")


@rewards.command()
@home_option
@json_option
def audit(home: Path | None, as_json: bool) -> None:
    """Verify the chain, the sums and everything that is kept twice; exit 1 if something does not agree."""
    with opened(home) as house, house.work.read(OFFICE) as uow:
        report = audits.audit(uow, house.store)
    if as_json:
        emit_json(report)
    else:
        click.echo(f"{report.transfers} transfers, chain head {report.head_sha256}")
        for finding in report.findings:
            click.echo(f"{finding.code} {finding.where}: {finding.detail}")
        click.echo("everything agrees" if report.ok else f"{len(report.findings)} findings")
    if not report.ok:
        raise click.exceptions.Exit(1)


@rewards.command()
@click.option("--as", "kind", type=click.Choice(["beancount"]), required=True, help="The format of the books.")
@home_option
def export(kind: str, home: Path | None) -> None:
    """Print the books, every payment with its EndToEndId and the chain head at the end."""
    with opened(home) as house, house.work.read(OFFICE) as uow:
        for line in beancount.export_beancount(uow):
            click.echo(line)


@contextmanager
def opened(home: Path | None) -> Iterator[House]:
    """The installation, closed when the command ends."""
    house = open_house(home)
    try:
        yield house
    finally:
        house.close()


def _to_release(house: House) -> list[str]:
    with house.work.read(OFFICE) as uow:
        return [each.id for each in batches.list_batches(uow, State.DRAFT) if each.is_approved]


def _release(house: House, batch_id: str, *, only_known: bool) -> Batch:
    if only_known:
        with house.work.read(OFFICE) as uow:
            known = batches.read_batch(uow, batch_id)
        if known.state is not State.RELEASED:
            raise click.UsageError(f"batch {batch_id} has no file yet; leave --again out to write what is approved")
        return known
    return bank_files.release(house.work, OFFICE, house.vault, house.store, batch_id)


def _write_file(house: House, released: Batch, path: Path) -> None:
    """Write the stored bytes; the name appears only once they are all there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with house.store.open(released.file_sha256 or "") as stored:
        content = stored.read()
    # It names people and their accounts: nobody but whoever sends it to the bank has to read it.
    write_whole(path, content, mode=0o600)
