"""Root URLconf: the console under its prefix. The gateway answers every other URL, without Django."""

from django.urls import include, path

urlpatterns = [path("console/", include("renvoi.console.urls"))]

handler400 = "renvoi.console.views.errors.bad_request"
handler403 = "renvoi.console.views.errors.forbidden"
handler404 = "renvoi.console.views.errors.not_found"
handler500 = "renvoi.console.views.errors.failure"
