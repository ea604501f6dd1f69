// The addresses of pages. They begin with `#/`, so that they do not conflict with paths of the server.

interface Place {
  path: string[];
  query: URLSearchParams;
}

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

class Router {
  place = $state.raw<Place>(read());

  get path(): string[] {
    return this.place.path;
  }

  get query(): URLSearchParams {
    return this.place.query;
  }

  /** Opens a page. With `replace`, the browser's "Back" button does not return to the current page. */
  go(to: string, { replace = false } = {}) {
    if (replace) {
      history.replaceState(null, '', `#${to}`);
      this.place = read();
    } else {
      location.hash = to;
    }
  }
}

export const router = new Router();

addEventListener('hashchange', () => (router.place = read()));
