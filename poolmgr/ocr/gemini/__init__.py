"""Reading with Gemini: a page or a part of a deed a question, each answer checked before it is believed."""
