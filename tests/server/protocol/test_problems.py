"""The codes of problems: words that programs decide by, with the status that the field's standards give."""

from server.protocol.problems import Code


def test_words_are_unique_and_statuses_are_those_of_the_product() -> None:
    words = [code.word for code in Code]
    assert len(set(words)) == len(words)
    promised = {400, 401, 403, 404, 409, 410, 413, 415, 422, 423, 429, 507}
    assert promised <= {code.status for code in Code}


def test_a_word_is_the_name_in_lower_case() -> None:
    assert all(code.word == code.name.lower() for code in Code)
