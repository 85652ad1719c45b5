"""Accordions that call themselves tabs, as jQuery UI's do: their panels stand between the labels."""

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.panels.controls import Addresses, opened_by

_AROUND = etree.XPath('.//*[@role="tablist"][.//*[@role="tabpanel"]]')


def tell_accordions(region: Element) -> None:
    """Call the labels buttons, in place. To be asked before tabs are looked for: a row of tabs holds no panels."""
    for around in _AROUND(region):
        addresses = Addresses(around)
        del around.attrib["role"]
        for tab in [one for one in around.iter("*") if one.get("role") == "tab"]:
            for panel in opened_by(tab, addresses):
                panel.attrib.pop("role", None)
            tab.set("role", "button")
