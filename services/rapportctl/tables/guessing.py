"""What columns mean where nobody says it: by the names that such columns usually bear."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapportctl.errors import RapportctlError
from rapportctl.tables.mapping import TableMapping, Written

_DETAILS = {
    "given_name": "givenname firstname forename fname first vorname prenom nombre",
    "family_name": "familyname lastname surname lname last nachname nom apellido apellidos",
    "full_name": "fullname customername personname contactname displayname",
    "date_of_birth": "dateofbirth dob birthdate birthday bday born geburtsdatum",
    "email": "email emailaddress mail mailaddress e_mail",
    "phone": "phone phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone phone1",
    "postal_code": "postalcode postcode zip zipcode plz",
    "city": "city town suburb locality ort place municipality",
    "region": "region state province county bundesland",
    "country": "country countrycode",
    "company": "company companyname organisation organization organisationname organizationname business"
    " businessname employer firm restaurant restaurantname shop venue",
    "handle": "handle username screenname nickname login twitter instagram",
    "language": "language lang locale",
}
_STREET = (
    "housenumber streetnumber streetno number",
    "street streetname streetaddress address addr address1 addressline1 addressline strasse",
    "addressline2",
)
_IDENTIFIERS = {
    "loyalty_number": "loyaltynumber loyaltyno loyaltycard membershipnumber memberno memberid cardnumber",
    "user_id": "userid customerid customernumber customerno accountid",
    "external_id": "externalid crmid",
}
_ID = "id recid recordid uniqueid rowid uid key recno"
_TRUTH = "cluster clusterid truth trueid entity entityid trueentity groundtruth"
_NAME = "name"

_MEANINGS = {name: meaning for meaning, names in _DETAILS.items() for name in names.split()}


def guess_mapping(header: Sequence[str], file: str) -> tuple[TableMapping, list[str]]:
    """A mapping for the columns, and sentences that say what was guessed. Raises `RapportctlError` where none is known.

    A column called `name` is a person's where another column speaks of persons, and otherwise a company's.
    """
    columns = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(header) if name}
    details: dict[str, Written] = {}
    for plain, name in reversed(columns.items()):
        if plain in _MEANINGS:
            details.setdefault(_MEANINGS[plain], name)
    street = tuple(name for names in _STREET if (name := _first(columns, names)))
    if street:
        details["street"] = street[0] if len(street) == 1 else street
    if _NAME in columns:
        personal = {"date_of_birth", "email", "given_name", "family_name", "handle"} & details.keys()
        details.setdefault("full_name" if personal else "company", columns[_NAME])
    identifiers = {type_: name for type_, names in _IDENTIFIERS.items() if (name := _first(columns, names))}
    if not details and not identifiers:
        raise RapportctlError(
            f"{file}: no column has a name that is known ({', '.join(header)}); say what they mean with --mapping"
        )
    id_ = _first(columns, _ID) or identifiers.get("user_id", "")
    mapping = TableMapping(id=id_, truth=_first(columns, _TRUTH), details=details, identifiers=identifiers)
    return mapping, _said(mapping, header)


def _first(columns: dict[str, str], names: str) -> str:
    return next((columns[name] for name in names.split() if name in columns), "")


def _said(mapping: TableMapping, header: Sequence[str]) -> list[str]:
    parts = [f"{name} from {_shown(written)}" for name, written in mapping.details.items()]
    parts += [f"identifier {name} from {_shown(written)}" for name, written in mapping.identifiers.items()]
    parts.append(f"record id from {mapping.id}" if mapping.id else "records are numbered")
    if mapping.truth:
        parts.append(f"truth from {mapping.truth}")
    used = {name for _, name in mapping.columns()}
    unused = [name for name in header if name and name not in used]
    sentences = [f"guessed from the header: {', '.join(parts)}"]
    if unused:
        sentences.append(f"not used: {', '.join(unused)}")
    return sentences


def _shown(written: Written) -> str:
    return written if isinstance(written, str) else " + ".join(written) if isinstance(written, tuple) else "a value"
