"""From an invoice to money: asked of a provider once, recorded, given back."""
