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

    @pytest.mark.parametrize(
        "agent",
        [
            # Health checks of balancers and orchestrators.
            "ELB-HealthChecker/2.0",
            "kube-probe/1.29",
            "kube-probe/1.27+",
            "GoogleHC/1.0",
            "Edge Health Probe",
            "Load Balancer Agent",
            "Consul Health Check",
            "Envoy/HC",
            "HAProxy/2.6 health check",
            # Monitors.
            "check_http/v2.3.3 (monitoring-plugins 2.3.3)",
            "Prometheus-Blackbox-Exporter/0.25.0",
            "Datadog/Synthetics",
            "NewRelicPinger/1.0 (123456)",
            "updown.io daemon 2.11",
            "Uptime-Kuma/1.23.11",
            f"{SAFARI} StatusCake",
            # Link previews and link checkers.
            "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126; Pro)",
            "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
            "Microsoft Office Existence Discovery",
            "Signal/6.44",
            "Signal-iOS/6.50",
            "WhatsApp/2.23.24.82 A",
            "Zoom.us url preview",
            "lychee/0.14.0",
            "muffet/2.9",
            "broken-link-checker/0.7.8 Node.js/v16 (OS X; x64)",
            "Xenu's Link Sleuth 1.2i",
            "Mozilla/5.0 (compatible; DeadLinkChecker)",
            # HTTP libraries.
            "Java/17.0.9",
            "Apache-HttpAsyncClient/5.2 (Java/17)",
            "okhttp/5.0.0-alpha.11",
            "axios/1.6.2",
            "node",
            "undici",
            "GuzzleHttp/7",
            "PHP/8.2",
            "Ruby",
            "Dart/3.2 (dart:io)",
            "PostmanRuntime/7.36.0",
            "PycURL/7.45.2 libcurl/7.88.1",
            "rest-client/2.1.0 (linux x86_64) ruby/3.2.2p53",
            "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-CA) WindowsPowerShell/5.1.19041.3693",
            "Mozilla/5.0 (Linux; Ubuntu 22.04; en-US) PowerShell/7.3.0",
        ],
    )
    def test_program_is_detected(self, agent: str) -> None:
        assert is_crawler(agent)

    @pytest.mark.parametrize("model", ["CUBOT X30", "Robot X", "BOT 5 Build/PPR1", "Slurp", "Probe 2 (4G)", "curl 5"])
    @pytest.mark.parametrize("start", ["Linux; Android 10; ", "Linux; U; Android 7.0; fr-ca; ", "Android 9; Mobile; "])
    def test_telephone_with_a_name_like_a_program_is_not_detected(self, start: str, model: str) -> None:
        engine = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
        assert not is_crawler(f"Mozilla/5.0 ({start}{model}) {engine}")
        assert is_crawler(f"Mozilla/5.0 ({start}{model}) {engine} (compatible; Googlebot/2.1)")

    @pytest.mark.parametrize(
        "agent",
        [
            "Dalvik/2.1.0 (Linux; U; Android 9; Portal Build/PKQ1.191225.001)",
            "Roku/DVP-9.10 (519.10E04111A)",
            "SAMSUNG-GT-S5620/1.0 SHP/VPP/R5 Dolfin/1.5 profile/MIDP-2.1 configuration/CLDC-1.1",
            "BlackBerry8520/5.0.0.681 Profile/MIDP-2.1 Configuration/CLDC-1.1 VendorID/600",
            "LG-GC900/V10a Obigo/WAP2.0 Profile/MIDP-2.1 Configuration/CLDC-1.1",
            "Snapchat/12.0 (iPhone15,2; iOS 17.0; gzip)",
            "w3m/0.5.3",
            "Lynx/2.8",
            "Outlook-iOS/709.2189947.prod.iphone (3.24.0)",
        ],
    )
    def test_agent_of_a_device_or_text_browser_is_not_detected(self, agent: str) -> None:
        assert not is_crawler(agent)

    @given(agent=st.text(max_size=600))
    def test_any_text_is_accepted(self, agent: str) -> None:
        assert isinstance(is_crawler(agent), bool)


class TestCost:
    def test_no_text_takes_a_tenth_of_a_second(self) -> None:
        """Texts of the maximum length that make regular expressions backtrack."""
        starts = (
            "a",
            " ",
            "(",
            ".",
            "-",
            "Mozilla/5.0 (",
            "bo",
            "1.",
            "; ",
            "Mozilla/5.0 (Linux; Android (",
            "()",
            "http",
            "microsoft office/",
            "Electron/ Safari/",
            *"botBOT/_+",
        )
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
