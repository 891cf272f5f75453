"""Names of languages, each in its own words where we know them. Pure: a BCP 47 tag in, a name out."""

from typing import Final

# A list to add to: a language that is not here is called by its tag.
_NAMES: Final = {
    "ar": "العربية",
    "bn": "বাংলা",
    "ca": "Català",
    "cs": "Čeština",
    "cy": "Cymraeg",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "eu": "Euskara",
    "fa": "فارسی",
    "fi": "Suomi",
    "fo": "Føroyskt",
    "fr": "Français",
    "fy": "Frysk",
    "ga": "Gaeilge",
    "gl": "Galego",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "is": "Íslenska",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lb": "Lëtzebuergesch",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "mt": "Malti",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "nn": "Norsk nynorsk",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "qu": "Runasimi",
    "ro": "Română",
    "ru": "Русский",
    "se": "Davvisámegiella",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sq": "Shqip",
    "sr": "Српски",
    "sv": "Svenska",
    "sw": "Kiswahili",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "yo": "Yorùbá",
    "zh": "中文",
    "zu": "isiZulu",
    "zxx": "No words are sung",
}


def language_name(tag: str) -> str:
    """`fo` is `Føroyskt`; a region or script stands behind its language: `Português (BR)`."""
    language, _, rest = tag.replace("_", "-").partition("-")
    name = _NAMES.get(language.casefold(), language)
    return f"{name} ({rest})" if rest else name
