"""Add or edit partners of about 5 KB each: `python -m tests.server.large_partners add|edit NUMBER`."""

import sys

from renvoi.cli.setup import configure

ADDRESS = "https://large.example/?" + "a" * 1900


def add(number: int) -> None:
    """Create so many partners, named Large 0, Large 1 …"""
    from renvoi.partners.actions import create_partners
    from renvoi.partners.values import parse_partner

    texts = {"url_en": ADDRESS, "url_fr": ADDRESS, "description_en": "e" * 255, "description_fr": "é" * 255}
    common = {**texts, "priority": "5", "status": "active"}
    values = (parse_partner({**common, "name": f"Large {index}"}, countries=["BR"]) for index in range(number))
    create_partners(many=values, actor=None, channel="cli")


def edit(number: int) -> None:
    """Change the priority of Large 7 so many times, each in a transaction of its own."""
    from renvoi.partners.actions import update_partner
    from renvoi.partners.models import Partner
    from renvoi.partners.values import parse_partner

    for index in range(number):
        partner = Partner.objects.get(name="Large 7")
        texts = {"name": partner.name, "url_en": partner.url_en, "status": partner.status}
        values = parse_partner({**texts, "priority": str(1 + index % 9)}, countries=["BR"])
        update_partner(
            partner_id=partner.id, values=values, expected_version=partner.version, actor=None, channel="cli"
        )


if __name__ == "__main__":
    configure()
    {"add": add, "edit": edit}[sys.argv[1]](int(sys.argv[2]))
