"""Vega, which draws charts in a browser, as one script to embed in a page instead of a CDN's."""

from functools import cache

import vl_convert

NOTICE = """\
/*
Vega, Vega-Lite, Vega-Embed, Vega-Tooltip and Vega-Themes,
Copyright (c) 2015-2023, University of Washington Interactive Data Lab. All rights reserved.

Redistribution and use in source and binary forms, with or without modification, are permitted
provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions
   and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions
   and the following disclaimer in the documentation and/or other materials provided with the
   distribution.
3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse
   or promote products derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR
IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR
CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF
THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

With what they use: D3 and topojson-client, Copyright Mike Bostock, and semver, Copyright Isaac Z.
Schlueter and Contributors, under the ISC License; fast-json-patch, Copyright Joachim Wester, and
json-stringify-pretty-compact, Copyright Simon Lydell, under the MIT License.
*/
"""


@cache
def vega(vega_lite: str | None = None) -> str:
    """A script that defines vegaEmbed; the default is the version of Vega-Lite that Altair uses."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vega_lite)
    return NOTICE + script
