"""Tests of crawler detection on the user agents of crawlers and browsers."""

import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.visitor.crawlers import CACHE_SIZE, MAX_AGENT_LENGTH, CrawlerDetector
from tests.corpora.agents import browser_agents, crawler_agents
from tests.visitor.cast import scope
from tests.visitor.reading import read

SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML) Version/18.1 Safari/605.1.15"
is_crawler = CrawlerDetector().is_crawler


def share(results: Iterable[bool]) -> float:
    verdicts = list(results)
    return sum(verdicts) / len(verdicts)


class TestCorpora:
    def test_at_least_99_percent_of_crawlers_are_detected(self) -> None:
        assert share(map(is_crawler, crawler_agents())) >= 0.99

    def test_at_most_half_a_percent_of_browsers_is_detected(self) -> None:
        assert share(map(is_crawler, browser_agents())) <= 0.005


class TestRules:
    """Where in a user agent a crawler's name counts."""

    @pytest.mark.parametrize(
        "agent",
        [
            "Googlebot/2.1 (+http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
            "facebookexternalhit/1.1",
            "curl/8.5.0",
            "SomethingNew/0.1 (+https://something.example/about)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; SomethingNew; https://something.example) Gecko/20100101",
            f"{SAFARI} (Applebot/0.1)",
            f"{SAFARI.replace('Version', 'Electron/39.2 Version')} PingdomTMS/2020.2",
        ],
    )
    def test_crawler_is_detected(self, agent: str) -> None:
        assert is_crawler(agent)

    @pytest.mark.parametrize(
        "agent",
        [
            "",
            "Mozilla/5.0",
            SAFARI,
            "Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX) AppleWebKit/537.36 Chrome/72.0.3626.121 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) Version/4.0 Chrome/131.0 Mobile Safari/537.36 Viber/22.1",
            "Viber/12.8.0.1 CFNetwork/1121.2.2 Darwin/19.3.0",
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Code/1.115.0 Chrome/142.0 Electron/39.8.5 Safari/537.36",
            "MozacFetch/49.0.20200702190156",
        ],
    )
    def test_browser_is_not_detected(self, agent: str) -> None:
        assert not is_crawler(agent)

    @given(agent=st.text(max_size=600))
    def test_any_text_is_accepted(self, agent: str) -> None:
        assert isinstance(is_crawler(agent), bool)


class TestCost:
    def test_no_text_takes_a_tenth_of_a_second(self) -> None:
        """Texts of the maximum length that make regular expressions backtrack."""
        starts = ("a", " ", "(", ".", "-", "Mozilla/5.0 (", "bo", "1.", "; ", "Electron/ Safari/", *"botBOT/_+")
        for start in starts:
            agent = (start * MAX_AGENT_LENGTH)[: MAX_AGENT_LENGTH * 10]
            began = time.process_time()
            is_crawler(agent)
            assert time.process_time() - began < 0.1, start

    def test_cache_is_bounded(self) -> None:
        detector = CrawlerDetector()
        for number in range(CACHE_SIZE + 50):
            detector.is_crawler(f"Browser/{number}")
        assert detector._is_crawler_cached.cache_info().currsize == CACHE_SIZE

    def test_cache_key_is_cut_to_the_maximum_length(self) -> None:
        detector = CrawlerDetector()
        for end in ("a", "b" * 60_000):
            detector.is_crawler("x" * MAX_AGENT_LENGTH + end)
        assert detector._is_crawler_cached.cache_info()[:2] == (1, 1)


class TestRequest:
    def test_request_has_the_result(self) -> None:
        assert read(scope(headers={"User-Agent": "Googlebot/2.1"})).is_crawler
        assert not read(scope(headers={"User-Agent": SAFARI})).is_crawler
        assert not read(scope()).is_crawler
